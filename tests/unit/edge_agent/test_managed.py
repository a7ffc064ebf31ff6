"""The platform's configuration at the gateway: its file, its trial, and what may be in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from edge_agent.managed.document import (
    digest_of,
    document_of,
    problems_of,
    redacted,
    schema,
    with_document,
)
from edge_agent.managed.file import ManagedFiles, Refused
from edge_agent.managed.loading import load, would_be
from edge_agent.managed.trial import not_well, source_states, summary
from kernel.errors import ConfigurationError
from registry.gateways import rules

TAG = {"node": "ns=2;s=A", "asset": "SN-1", "series": "a"}
ONE = {"opcua": [{"name": "plc", "url": "opc.tcp://plc:4840", "tags": [TAG]}]}
TWO = {"opcua": [{"name": "plc", "url": "opc.tcp://plc:4841", "tags": [TAG]}]}
OWN = """\
agent = "gw-1"
key = "000102030405060708090a0b0c0d0e0f"
[platform]
url = "https://platform"
[mqtt]
url = "mqtt://broker"
[buffer]
path = "here.sqlite"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "edge.toml"
    made.write_text(OWN)
    return made


def _port(path: Path) -> str:
    return load(path).config.opcua[0].url.rpartition(":")[2]


def test_both_sides_tell_documents_apart_alike() -> None:
    for document in (ONE, TWO, {}, {"a": [1.5, None, True, "泵"]}):
        assert digest_of(document) == rules.digest_of(document)
        again = json.loads(rules.canonical(document))
        assert digest_of(again) == rules.digest_of(document)


def test_a_version_is_tried_kept_and_gone_back_from(path: Path) -> None:
    files = ManagedFiles(path.parent)
    assert load(path).kept is None
    files.try_out(1, ONE)
    assert _port(path) == "4840"
    kept = files.note_start()
    assert (kept and kept.trial) == 1
    files.keep()
    assert (kept := files.current()) is not None
    assert (kept.version, kept.trial, kept.drifted) == (1, None, False)
    files.try_out(2, TWO)
    assert _port(path) == "4841"
    files.go_back("it did not come up")
    assert _port(path) == "4840"
    assert files.refused() == Refused(2, "rolled_back", "it did not come up")
    files.try_out(3, TWO)
    files.keep()
    assert files.refused() is None


def test_the_first_version_of_all_goes_back_to_the_gateways_own(path: Path) -> None:
    path.write_text(OWN + '[[opcua]]\nname = "own"\nurl = "opc.tcp://own:1"\n'
                    '[[opcua.tags]]\nnode = "i=1"\nasset = "A"\nseries = "s"\n')  # fmt: skip
    files = ManagedFiles(path.parent)
    files.try_out(1, ONE)
    loaded = load(path)
    assert ([s.name for s in loaded.config.sources()], loaded.overridden) == (["plc"], True)
    assert loaded.config.buffer.path == path.parent / "here.sqlite"
    files.go_back("no")
    loaded = load(path)
    assert [s.name for s in loaded.config.sources()] == ["own"]
    assert loaded.document["opcua"][0]["name"] == "own"


def test_a_change_by_hand_runs_and_is_seen(path: Path) -> None:
    files = ManagedFiles(path.parent)
    files.try_out(1, ONE)
    files.keep()
    (place,) = path.parent.glob("platform-configuration.json")
    place.write_text(place.read_text().replace("4840", "4850"))
    loaded = load(path)
    assert loaded.config.opcua[0].url.endswith("4850")
    assert loaded.kept is not None
    assert loaded.kept.drifted


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"version": 1, "digest": "x", "document": 3}'])
def test_a_broken_file_is_named(path: Path, text: str) -> None:
    place = path.parent / "platform-configuration.json"
    place.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert caught.value.detail.startswith(f"{place}: ")
    place.unlink()
    (path.parent / "platform-configuration.refused.json").write_text(text)
    with pytest.raises(ConfigurationError):
        ManagedFiles(path.parent).refused()


def test_a_version_that_lacks_something_here_is_found_out_before_it_is_tried(path: Path) -> None:
    would_be(path, ONE)
    (path.parent / "secrets.toml").write_text("x = 1")
    with pytest.raises(ConfigurationError, match="secrets"):
        would_be(path, ONE)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"mqtt": {"url": "mqtts://elsewhere"}}, "mqtt"),
        ({"platform": {"url": "https://elsewhere"}}, "platform"),
        ({"key_file": "/etc/passwd"}, "key_file"),
        ({"buffer": {"path": "/elsewhere"}}, "buffer.path"),
    ],
)
def test_the_gateway_itself_refuses_what_is_its_own(
    path: Path, more: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"{named}: is set at the gateway itself"):
        would_be(path, {**ONE, **more})


def test_documents_hold_no_secrets_and_nothing_of_the_gateways_own() -> None:
    whole: dict[str, Any] = {
        "agent": "x", "key": "k", "mqtt": {"url": "mqtt://u:hidden@b"}, "platform": {"url": "p"},
        "buffer": {"path": "p", "bytes_max": 5_000_000},
        "opcua": [{"name": "a", "password": "hidden", "url": "opc.tcp://u:hidden@b"}],
    }  # fmt: skip
    document = document_of(whole)
    assert "hidden" not in str(document)
    assert set(document) == {"buffer", "opcua"}
    assert document["buffer"] == {"bytes_max": 5_000_000}
    assert document_of({"buffer": {"path": "p"}}) == {}
    merged = with_document(whole, ONE)
    assert merged["mqtt"] == whole["mqtt"]
    assert merged["buffer"] == {"path": "p"}
    assert merged["opcua"] == ONE["opcua"]
    assert redacted({"a": {"client_secret": 1, "b": [{"Password": 2, "c": 3}]}}) == {
        "a": {"b": [{"c": 3}]}
    }
    assert problems_of({**ONE, "buffer": {"bytes_max": 5_000_000}}) == []
    assert set(schema()["properties"]) >= {"opcua", "mqtt_json", "sparkplug", "buffer"}


def _report(name: str, state: str = "connected", **more: Any) -> dict[str, Any]:
    return {"name": name, "state": state, "tags": 2, **more}


def test_what_counts_as_having_come_up_well() -> None:
    well = [_report("a"), _report("b", bad_nodes_count=1, bad_nodes=[])]
    assert not_well(well, {}) == []
    lost = [_report("a"), _report("b", "lost", detail="unreachable")]
    assert not_well(lost, {}) == ["b is lost: unreachable"]
    # It was lost before: the new configuration is not to blame.
    assert not_well(lost, {"a": "connected", "b": "lost"}) == []
    assert not_well(lost, {"b": "connected"}) == ["b is lost: unreachable"]
    bad = [_report("a", bad_nodes_count=2, bad_nodes=[{"node": "i=1", "reason": "unknown"}])]
    assert not_well(bad, {}) == ["a: no node can be read; i=1: unknown"]
    assert summary([str(n) for n in range(7)]) == "0; 1; 2; 3; 4; and 2 more"
    assert source_states(lost) == {"a": "connected", "b": "lost"}
