"""From a token to the first live value, and what may go wrong on the way."""

import io
import json
import shlex
import stat

import pytest

from api.routes.gateways import enrol_command
from edge_agent.enrolment import enrol, service_of
from kernel.settings import forget_settings
from runtime import cli
from tests.integration.gateways.conftest import World
from tests.integration.gateways.site import Site, until


@pytest.mark.usefixtures("ingest")
def test_from_the_token_to_the_first_live_value(world: World, site: Site) -> None:
    world.enrol()
    assert world.gateway["enrolled_at"] is not None
    for name in ("credentials.json", "edge.toml"):
        path = world.config.parent / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, name
    with site.gateway(world.config):
        until(lambda: world.gateway["checked_in_at"])
        assert world.configuration()["state"] == "none"
        asked = world.post(
            f"/gateways/{world.gateway_id}/browses", {"source": "plc", "url": site.plc.url}
        )
        place = f"/gateways/{world.gateway_id}/browses/{asked['id']}"
        done = until(lambda: (b := world.get(place))["state"] != "waiting" and b)
        assert (done["state"], done["nodes"]) == ("done", 3)
        nodes = world.get(f"{place}/nodes?limit=2")
        assert [node["name"] for node in nodes["items"]] == ["tag0", "tag1"]
        found = world.get(f"{place}/nodes?q=TAG2")["items"]
        assert [node["node"] for node in found] == ["nsu=urn:test:plc;s=2"]
        assert world.map(site.plc.url, [0, 1, 2]) == 1
        site.count_up(5)
        applied = world.wait_for("applied")
        assert (applied["wanted_version"], applied["applied_version"]) == (1, 1)
        site.count_up(5)
        series = until(lambda: len(s := world.get(f"/assets/{world.asset_id}/series")) and s)
        items = series["items"] if isinstance(series, dict) else series
        assert {one["name"] for one in items} == {"tag0", "tag1", "tag2"}
        until(lambda: world.gateway["stored"] > 0)
        status = until(
            lambda: next((s for s in world.gateway["sources"] if s["name"] == "agent"), None)
        )
        assert status["configuration"]["version"] == 1
        assert status["key_version"] == world.gateway["key_state"]["version"] == 2
        assert status["platform"]["state"] == "connected"
        assert abs(status["clock_offset_ms"]) < 5000
        assert world.gateway["key_state"]["state"] == "current"


def test_the_answer_may_be_lost_and_the_token_works_once(world: World) -> None:
    token = world.token()
    service = service_of(world.api.url, None, allow_http=False)
    first = enrol(service, token, world.config)
    before = (world.config.parent / "credentials.json").read_text()
    assert enrol(service, token, world.config).already
    # The machine died before anything but its claim was on disk.
    body = {"token": world.token(), "claim": "c" * 43}
    with world.api.anonymous() as client:
        lost = client.post("/edge/enrolments", json=body)
        again = client.post("/edge/enrolments", json=body)
        other = client.post("/edge/enrolments", json={**body, "claim": "d" * 43})
    assert lost.status_code == again.status_code == 201
    assert lost.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (422, "enrolment_token_used")
    assert json.loads(before)["current"]["version"] == 2
    assert again.json()["key_version"] == 3
    assert first.agent == world.gateway_id


@pytest.mark.usefixtures("ingest")
def test_a_configuration_that_does_not_come_up_is_taken_back(world: World, site: Site) -> None:
    world.enrol()
    text = world.config.read_text().replace("[platform]", "[platform]\ntrial_seconds = 5")
    world.config.write_text(text)
    with site.gateway(world.config):
        world.map(site.plc.url, [0, 1])
        world.wait_for("applied")
        # Nobody listens there.
        body = world.tags("opc.tcp://127.0.0.1:9/x", [2])
        body["source"]["name"] = "second"
        assert world.post(f"/gateways/{world.gateway_id}/tags", body)["version"] == 2
        back = world.wait_for("rolled_back")
        assert (back["wanted_version"], back["applied_version"]) == (2, 1)
        assert "second is" in back["detail"]
        before = world.gateway["stored"]
        site.count_up(5)
        until(lambda: world.gateway["stored"] > before)
        # The version before is a new version now.
        made = world.post(f"/gateways/{world.gateway_id}/configurations/1/roll-back")
        assert made["version"] == 3
        assert world.wait_for("applied")["applied_version"] == 3
        changed = world.get(f"/gateways/{world.gateway_id}/configurations/3/differences")["items"]
        assert any(item["path"].startswith("opcua[second]") for item in changed)
        assert all(item["after"] is None for item in changed)


def test_what_was_changed_by_hand_is_seen_and_can_be_adopted(world: World, site: Site) -> None:
    world.enrol()
    with site.gateway(world.config):
        world.map(site.plc.url, [0, 1])
        world.wait_for("applied")
    kept = world.config.parent / "platform-configuration.json"
    content = json.loads(kept.read_text())
    content["document"]["opcua"][0]["tags"].pop()
    kept.write_text(json.dumps(content))
    with site.gateway(world.config):
        world.wait_for("drifted")
        place = f"/gateways/{world.gateway_id}/drift"
        drift = until(lambda: (d := world.get(place))["document"] and d)
        assert drift["drifted"]
        assert drift["based_on"] == 1
        paths = {item["path"] for item in drift["differences"]}
        assert paths == {
            f"opcua[plc].tags[{world.serial}/tag1].{name}" for name in ("asset", "node", "series")
        }
        made = world.post(f"/gateways/{world.gateway_id}/configurations/adopt")
        assert made["version"] == 2
        assert len(made["document"]["opcua"][0]["tags"]) == 1
        applied = world.wait_for("applied")
        assert applied["applied_version"] == 2
        assert world.get(place) | {"reported_at": None} == {
            "drifted": False, "based_on": 2, "reported_at": None, "document": None,
            "differences": [],
        }  # fmt: skip


def test_the_command_prints_no_secret_and_a_code_for_what_goes_wrong(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    token = world.token()
    given = world.config.parent.parent / "token"
    given.write_text(token + "\n")
    arguments = ["edge", "enrol", "--url", world.api.url, "--config", str(world.config)]
    for says in ("enrolled as gw_", "already enrolled as gw_"):
        assert cli.run([*arguments, "--token-file", str(given)]) == 0
        said = capsys.readouterr().out
        assert said.startswith(says)
        kept = json.loads((world.config.parent / "credentials.json").read_text())
        for secret in (token, kept["current"]["key"], kept["current"]["broker_url"]):
            assert secret not in said
    other = world.config.parent.parent / "other" / "edge.toml"
    arguments[-1] = str(other)
    assert cli.run([*arguments, "--token-file", str(given)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("forewarn: The platform refuses: ")
    assert said.rstrip().endswith("(enrolment_token_used)")
    assert said.count("\n") == 1
    assert token not in said


def test_the_command_to_type_holds_no_token_and_works_as_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOREWARN_PUBLIC_URL", world.api.url)
    forget_settings()
    made = world.post(f"/gateways/{world.gateway_id}/enrolment-tokens")
    assert made["token"] not in made["command"]
    assert made["command"] == f"forewarn edge enrol --url {world.api.url} --allow-http"
    arguments = [*shlex.split(made["command"])[1:], "--config", str(world.config)]
    assert cli.run([*arguments, "--token-file", str(world.config)]) == 2
    assert "--token-file" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO(made["token"] + "\n"))
    assert cli.run([*arguments, "--token-file", "-"]) == 0
    monkeypatch.setenv("FOREWARN_EDGE_TOKEN", made["token"])
    assert cli.run(arguments) == 0
    assert "already enrolled" in capsys.readouterr().out
    assert enrol_command("https://a.example") == "forewarn edge enrol --url https://a.example"
