"""`forewarn api` and `forewarn admin` as people start them."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from kernel.db import database
from kernel.settings import forget_settings
from runtime import cli
from runtime.embedded.service import free_port
from runtime.embedded.valkey import EmbeddedValkey
from tests.support.databases import DatabaseUrls
from tests.support.http import SECRET

COMMAND = (sys.executable, "-m", "runtime")


@pytest.fixture
def environment(
    database_urls: DatabaseUrls, valkey: EmbeddedValkey, tmp_path: Path
) -> dict[str, str]:
    return {
        **os.environ,
        "FOREWARN_DATABASE_URL": database_urls.app,
        "FOREWARN_REDIS_URL": valkey.url,
        "FOREWARN_SECRET_KEY": SECRET,
        "FOREWARN_API_WEB_DIR": str(tmp_path / "none"),
        "FOREWARN_HEARTBEAT_FILE": str(tmp_path / "api.alive"),
    }


@pytest.fixture
def forewarn(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., int]]:
    """Run a command in this process; returns its exit code."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    forget_settings()

    def run(*arguments: str, typed: str = "") -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return cli.run(list(arguments))

    yield run
    if database.cache_info().currsize:
        database().dispose()
    database.cache_clear()
    monkeypatch.undo()
    forget_settings()


def test_the_first_administrator_signs_in(
    forewarn: Callable[..., int],
    environment: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    create = ("admin", "create", "--email", "Boss@Example.com", "--name", "Boss")
    more = ("--organisation", "Acme Pumps", "--password-stdin")
    assert forewarn(*create, *more, typed="four sensible words\n") == 0
    assert capsys.readouterr().out == "boss@example.com can sign in\n"
    port = free_port()
    with subprocess.Popen(
        [*COMMAND, "api", "run", "--port", str(port)], env=environment, stderr=subprocess.PIPE
    ) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                _wait_ready(client, process)
                assert client.get("/readyz").json()["checks"]["redis"] == "ok"
                body = {"email": "boss@example.com", "password": "four sensible words"}
                signed_in = client.post("/api/v1/session", json=body)
                assert signed_in.status_code == 201
                assert signed_in.json()["organisation"]["name"] == "Acme Pumps"
                assert (tmp_path / "api.alive").exists()
                assert forewarn("api", "run", "--port", str(port)) == 1
                assert f"port {port}" in capsys.readouterr().err
                with client.stream("GET", "/api/v1/events") as live:
                    assert live.status_code == 200
                    process.send_signal(signal.SIGTERM)
                    assert "reread" in live.read().decode()
            # uvicorn ends by the signal it was sent, once it has stopped.
            assert process.wait(10) == -signal.SIGTERM
        finally:
            process.kill()
            assert process.stderr is not None
            process.stderr.read()


def _wait_ready(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        assert process.poll() is None
        assert time.monotonic() < deadline
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)


def test_an_administrator_can_be_invited(
    forewarn: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    create = ("admin", "create", "--name", "Boss")
    assert forewarn(*create, "--email", "boss@example.com") == 0
    link = r"http://127\.0\.0\.1:8080/set-password#token=lnk_\S+\n"
    assert re.match(link, capsys.readouterr().out)
    assert forewarn(*create, "--email", "boss@example.com") == 1
    assert "boss@example.com" in capsys.readouterr().err
    for wrong in (("--email", "no address"), ("--email", "b@example.com", "--language", "fr")):
        assert forewarn(*create, *wrong) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_the_document_needs_no_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("FOREWARN_")]:
        monkeypatch.delenv(name)
    forget_settings()
    assert cli.run(["api", "openapi"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith('{\n "openapi": "3.1')
    written = tmp_path / "openapi.json"
    assert cli.run(["api", "openapi", "--output", str(written)]) == 0
    assert written.read_text(encoding="utf-8") == printed


@pytest.mark.parametrize("missing", ["FOREWARN_SECRET_KEY", "FOREWARN_DATABASE_URL"])
def test_what_is_not_set_is_named(
    forewarn: Callable[..., int],
    missing: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv(missing)
    forget_settings()
    assert forewarn("api", "run") == 2
    assert missing in capsys.readouterr().err
