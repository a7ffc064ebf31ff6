"""Commands beside a running stack find it, and say in one line why they do not."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.errors import ConfigurationError
from kernel.settings import Platform, forget_settings, settings
from runtime.beside import beside
from runtime.embedded.postgres import APP_ROLE, OWNER_ROLE
from runtime.supervisor.state import StackNotRunning, StackState, locked, note_holder

SERVERS = ("postgres", "valkey", "mqtt", "http")
GIVEN = "postgresql://me:geheim@db/forewarn"


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # What is set by the code under test is undone with the rest.
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ["XDG_DATA_HOME"] = str(tmp_path)
    forget_settings()
    yield
    monkeypatch.undo()
    forget_settings()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a stack as it is left when its process ends."""
    folder = tmp_path / "forewarn"
    folder.mkdir()
    state = StackState.load(folder)
    for name in SERVERS:
        state.port(name)
    state.save()
    (folder / "lock").touch()
    return folder


def serves(folder: Path, *given: str) -> None:
    note_holder(
        folder, {"pid": os.getpid(), "public_url": "http://127.0.0.1:8123", "given": list(given)}
    )


@pytest.mark.parametrize("named", [True, False])
def test_a_running_stack_is_found(folder: Path, *, named: bool) -> None:
    state = StackState.load(folder)
    with locked(folder):
        serves(folder)
        beside(folder if named else None)
    platform = settings(Platform)
    at = f"127.0.0.1:{state.ports['postgres']}/forewarn"
    app, owner = state.secrets["postgres_app"], state.secrets["postgres_owner"]
    assert platform.database_url == f"postgresql://{APP_ROLE}:{app}@{at}"
    assert platform.migrator_database_url == f"postgresql://{OWNER_ROLE}:{owner}@{at}"
    assert str(state.ports["valkey"]) in platform.redis_url
    assert str(state.ports["mqtt"]) in platform.mqtt_url
    assert platform.secret() == state.secrets["secret_key"].encode()
    assert platform.public_url == "http://127.0.0.1:8123"
    assert os.environ["FOREWARN_REGISTRY_ATTACHMENTS_DIR"] == str(folder / "attachments")
    assert StackState.read(folder) == state


def test_settings_win_where_no_folder_is_named(folder: Path) -> None:
    os.environ["FOREWARN_DATABASE_URL"] = GIVEN
    with locked(folder):
        serves(folder)
        beside(None)
    assert settings(Platform).database_url == GIVEN
    assert settings(Platform).redis_url == ""


def test_what_a_dead_stack_noted_counts_for_nothing(folder: Path) -> None:
    serves(folder)  # this process lives, but holds no lock
    with pytest.raises(StackNotRunning, match=f"no Forewarn runs on {folder}"):
        beside(folder)
    with subprocess.Popen(["true"]) as ended:
        pass
    note_holder(folder, {"pid": ended.pid, "given": []})
    with pytest.raises(StackNotRunning, match="no Forewarn runs on"):
        beside(folder)
    assert StackNotRunning.code == "stack_not_running"


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(StackNotRunning, match=r"^not set: FOREWARN_DATABASE_URL; no Forewarn runs"):
        beside(None)
    with pytest.raises(StackNotRunning, match=r"^no Forewarn runs on"):
        beside(tmp_path / "none")
    (tmp_path / "file").touch()
    with pytest.raises(StackNotRunning):
        beside(tmp_path / "file")
    assert not (tmp_path / "forewarn").exists()
    assert not (tmp_path / "none").exists()


def test_a_stack_that_still_starts(folder: Path) -> None:
    with locked(folder):
        for noted in ("", "{", '{"pid": 1, "address": "http://127.0.0.1:1"}'):
            (folder / "lock").write_text(noted)
            with pytest.raises(StackNotRunning, match="still starting"):
                beside(folder)


def test_what_a_stack_was_given_has_to_be_given_here_too(folder: Path) -> None:
    with locked(folder):
        serves(folder, "database_url", "secret_key")
        with pytest.raises(
            ConfigurationError, match="not set: FOREWARN_DATABASE_URL, FOREWARN_SECRET_KEY; the"
        ):
            beside(None)
        os.environ["FOREWARN_DATABASE_URL"] = GIVEN
        os.environ["FOREWARN_SECRET_KEY"] = "x" * 40
        forget_settings()
        beside(folder)
    assert settings(Platform).database_url == GIVEN
    assert settings(Platform).secret() == b"x" * 40
    assert settings(Platform).redis_url.startswith("redis://")


def test_another_database_than_the_stacks_is_a_contradiction(folder: Path) -> None:
    os.environ["FOREWARN_DATABASE_URL"] = GIVEN
    with locked(folder):
        serves(folder)
        with pytest.raises(ConfigurationError, match="FOREWARN_DATABASE_URL is set here") as raised:
            beside(folder)
    assert "geheim" not in raised.value.detail


def test_a_spoilt_memory_is_said_without_its_secrets(folder: Path) -> None:
    secret = StackState.load(folder).secrets["secret_key"]
    text = (folder / "stack.json").read_text()
    (folder / "stack.json").write_text(text[:-3])
    with locked(folder):
        serves(folder)
        with pytest.raises(ConfigurationError, match=r"stack\.json cannot be read") as raised:
            beside(folder)
    assert secret not in raised.value.detail
