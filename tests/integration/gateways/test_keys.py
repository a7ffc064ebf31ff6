"""Keys that change under way: nothing taken is lost, and what was ended is refused."""

import json
import time

from sqlalchemy import update

from edge_agent.credentials import load_credentials
from registry.models import GatewayLink
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.gateways.conftest import World
from tests.integration.gateways.site import Site, until
from tests.integration.ingest.conftest import consuming


def _key(world: World) -> dict[str, object]:
    found: dict[str, object] = world.gateway["key_state"]
    return found


def _count(world: World) -> int:
    """Return how many readings the platform has, wherever."""
    gateway = world.gateway
    return int(gateway["stored"] + gateway["quarantined"])


def test_what_waits_while_the_key_changes_arrives_once(
    world: World, site: Site, mqtt: EmbeddedMqtt
) -> None:
    world.enrol()
    with site.gateway(world.config):
        with consuming(world.database, mqtt):
            world.map(site.plc.url, [0, 1, 2])
            world.wait_for("applied")
            site.count_up(3)
            until(lambda: world.gateway["stored"])
        # Nobody takes anything: what is read waits, signed and sent with the key that now changes.
        site.count_up(20)
        assert _key(world) | {"former_until": None} == {
            "version": 2, "state": "current", "next_version": None, "former_version": None,
            "former_until": None,
        }  # fmt: skip
        offered = world.post(f"/gateways/{world.gateway_id}/key/rotate", {"grace_days": 1})
        assert offered["key_state"]["next_version"] == 3
        until(lambda: _key(world)["version"] == 3)
        site.count_up(20)
        assert _key(world)["state"] == "grace"
        again = world.admin.post(f"/gateways/{world.gateway_id}/key/rotate", json={})
        assert (again.status_code, again.json()["code"]) == (409, "former_key_in_use")
        kept = load_credentials(world.config.parent / "credentials.json", world.gateway_id)
        assert kept.current.version == 3
        assert kept.former is not None
        with consuming(world.database, mqtt):
            until(lambda: world.gateway["buffered"] == 0 and world.gateway["stored"] > 60)
            until(lambda: _key(world)["state"] == "current")
            gateway = until(
                lambda: (g := world.gateway)["taken"] == g["stored"] + g["quarantined"] and g
            )
            assert gateway["quarantined"] == 0
            # Signed with the new key alone, it goes on.
            before = gateway["stored"]
            site.count_up(5)
            until(lambda: world.gateway["stored"] >= before + 15)
    kept = load_credentials(world.config.parent / "credentials.json", world.gateway_id)
    assert (kept.current.version, kept.former, kept.next) == (3, None, None)


def test_a_gateway_that_stopped_before_it_used_the_new_key_takes_it_up(
    world: World, site: Site
) -> None:
    world.enrol()
    with site.gateway(world.config):
        until(lambda: world.gateway["checked_in_at"])
    path = world.config.parent / "credentials.json"
    before = path.read_text()
    world.post(f"/gateways/{world.gateway_id}/key/rotate")
    with world.database.transaction() as session:
        # As if its clock had been far ahead when it last came.
        session.execute(update(GatewayLink).values(counter=2**60))
    with site.gateway(world.config):
        until(lambda: _key(world)["version"] == 3)
    after = json.loads(path.read_text())
    # It had the key on disk, and the platform had seen it used; then the machine stopped.
    path.write_text(json.dumps({**json.loads(before), "next": after["current"]}))
    with site.gateway(world.config):
        until(lambda: json.loads(path.read_text())["current"]["version"] == 3)


def test_a_revoked_gateway_is_told_so_and_goes_on_reading(
    world: World, site: Site, mqtt: EmbeddedMqtt
) -> None:
    world.enrol()
    with site.gateway(world.config), consuming(world.database, mqtt):
        world.map(site.plc.url, [0])
        world.wait_for("applied")
        site.count_up(3)
        until(lambda: world.gateway["stored"])
        revoked = world.post(f"/gateways/{world.gateway_id}/revoke")
        assert revoked["revoked_at"]
        time.sleep(1.2)  # how old ingest's knowledge of a gateway may be
        stored, seen = world.gateway["stored"], world.gateway["checked_in_at"]
        site.count_up(10)
        time.sleep(1.5)
        assert (world.gateway["stored"], world.gateway["checked_in_at"]) == (stored, seen)
    for path in ("enrolment-tokens", "key/rotate", "browses"):
        body = {"source": "plc"} if path == "browses" else {}
        answer = world.admin.post(f"/gateways/{world.gateway_id}/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "gateway_is_revoked"), path
