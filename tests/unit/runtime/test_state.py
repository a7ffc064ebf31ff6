"""What a data folder remembers: secrets once and for all, ports while they are free."""

import json
import socket
import stat
from pathlib import Path

import pytest

from kernel.errors import ConfigurationError, Conflict
from runtime.embedded.service import free_port
from runtime.supervisor.state import (
    SECRETS,
    StackState,
    claimed_port,
    locked,
    note_holder,
    open_data_dir,
)
from runtime.supervisor.supervisor import cut_logs


def test_secrets_are_made_once_and_kept_to_their_owner(tmp_path: Path) -> None:
    first = StackState.load(tmp_path)
    assert set(first.secrets) == set(SECRETS)
    assert len(set(first.secrets.values())) == len(SECRETS)
    assert all(len(value) >= 32 for value in first.secrets.values())
    assert StackState.load(tmp_path).secrets == first.secrets
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o600


def test_a_secret_that_a_newer_version_needs_is_added(tmp_path: Path) -> None:
    first = StackState.load(tmp_path)
    kept = first.secrets.pop("mqtt_plant")
    first.save()
    second = StackState.load(tmp_path)
    assert second.secrets["mqtt_plant"] not in {"", kept}
    assert {**first.secrets, "mqtt_plant": second.secrets["mqtt_plant"]} == second.secrets


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"secrets": {}}', '{"secrets": 1, "ports": {}}']
)
def test_a_spoilt_file_is_never_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / "stack.json").write_text(content)
    with pytest.raises(ConfigurationError, match="without its secrets"):
        StackState.load(tmp_path)
    assert (tmp_path / "stack.json").read_text() == content


def test_ports_stay_the_same_while_they_are_free(tmp_path: Path) -> None:
    state = StackState.load(tmp_path)
    port = state.port("postgres")
    state.save()
    again = StackState.load(tmp_path)
    assert again.port("postgres") == port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert again.port("postgres") != port


def test_two_services_never_share_a_port(tmp_path: Path) -> None:
    state = StackState.load(tmp_path)
    first = state.port("http")
    assert state.port("mqtt", preferred=first) != first


def test_a_port_is_claimed_by_one_starting_stack_at_a_time() -> None:
    port = free_port()
    with claimed_port(port) as mine:
        assert mine
        with claimed_port(port) as theirs:
            assert not theirs
    with claimed_port(port) as again:
        assert again


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path):
        with pytest.raises(Conflict, match="just starting"), locked(tmp_path):
            pass
        note_holder(tmp_path, {"pid": 12, "address": "http://127.0.0.1:8080"})
        with (
            pytest.raises(Conflict, match=r"process 12, http://127\.0\.0\.1:8080"),
            locked(tmp_path),
        ):
            pass
    with locked(tmp_path):
        pass


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="choose another with --data-dir"):
        open_data_dir(tmp_path / "file")


def test_a_long_log_is_cut_while_it_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "api.log"
    with path.open("ab", buffering=0) as log:
        log.write(b"a" * 500)
        cut_logs(tmp_path, bytes_max=1000)
        assert path.stat().st_size == 500
        log.write(b"b" * 600)
        cut_logs(tmp_path, bytes_max=1000)
        log.write(b"c")
    assert path.read_bytes() == b"c"
    assert (tmp_path / "api.log.1").read_bytes() == b"a" * 500 + b"b" * 600
    assert json.dumps(sorted(p.name for p in tmp_path.iterdir())) == '["api.log", "api.log.1"]'


def test_a_chosen_port_is_none_an_outgoing_connection_may_get() -> None:
    assert all(20_000 <= free_port() < 32_000 for _ in range(100))
