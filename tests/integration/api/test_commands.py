"""`forewarn api` and `forewarn admin` as people start them."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

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


def _run(
    environment: dict[str, str], *arguments: str, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_first_administrator_signs_in(environment: dict[str, str], tmp_path: Path) -> None:
    created = _run(
        environment,
        *("admin", "create", "--email", "Boss@Example.com", "--name", "Boss"),
        *("--organisation", "Acme Pumps", "--password-stdin"),
        typed="four sensible words\n",
    )
    assert (created.returncode, created.stdout) == (0, "boss@example.com can sign in\n"), created
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
                taken = _run(environment, "api", "run", "--port", str(port))
                assert taken.returncode == 1
                assert f"port {port}" in taken.stderr
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


def test_an_administrator_can_be_invited(environment: dict[str, str]) -> None:
    create = ("admin", "create", "--name", "Boss")
    invited = _run(environment, *create, "--email", "boss@example.com")
    assert invited.returncode == 0, invited
    assert re.match(r"http://127\.0\.0\.1:8080/set-password#token=lnk_\S+\n", invited.stdout)
    again = _run(environment, *create, "--email", "boss@example.com")
    assert again.returncode == 1
    assert "boss@example.com" in again.stderr
    for wrong in (("--email", "no address"), ("--email", "b@example.com", "--language", "fr")):
        refused = _run(environment, *create, *wrong)
        assert refused.returncode == 2, refused
        assert len(refused.stderr.strip().splitlines()) == 1


def test_the_document_needs_no_settings(tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("FOREWARN_")}
    printed = _run(bare, "api", "openapi")
    assert printed.returncode == 0, printed
    assert printed.stdout.startswith('{\n "openapi": "3.1')
    written = tmp_path / "openapi.json"
    assert _run(bare, "api", "openapi", "--output", str(written)).returncode == 0
    assert written.read_text(encoding="utf-8") == printed.stdout


def test_what_is_not_set_is_named() -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("FOREWARN_")}
    for missing in ("FOREWARN_SECRET_KEY", "FOREWARN_DATABASE_URL"):
        refused = _run(bare, "api", "run")
        assert refused.returncode == 2
        assert missing in refused.stderr
        bare["FOREWARN_SECRET_KEY"] = SECRET
