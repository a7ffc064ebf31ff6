"""The whole story on Debian's PostgreSQL, Redis and Mosquitto instead of the embedded ones."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from runtime.embedded.service import free_port
from runtime.supervisor.applications import FOREWARN
from tests.support import debian

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


def test_the_story_happens_on_debians_servers(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with debian.started() as servers, debian.plain_mosquitto() as mqtt_url:
        given = servers.environment("api")
        owner = servers.environment("migrate")["FOREWARN_MIGRATOR_DATABASE_URL"]
        done = subprocess.run(
            [
                *(*FOREWARN, "demo", "--once", "--port", str(free_port())),
                *("--report", str(report), "--data-dir", str(tmp_path / "data")),
            ],
            env={
                **os.environ,
                "FOREWARN_DATABASE_URL": given["FOREWARN_DATABASE_URL"],
                "FOREWARN_MIGRATOR_DATABASE_URL": owner,
                "FOREWARN_REDIS_URL": given["FOREWARN_REDIS_URL"],
                "FOREWARN_MQTT_URL": mqtt_url,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(report.read_text())
    assert told["ok"] is True
    assert told["readings_sent"] == told["readings_stored"] + told["readings_quarantined"] > 0
    # Nothing of the embedded servers was made.
    assert not (tmp_path / "data" / "postgres").exists()
    assert not (tmp_path / "data" / "mqtt").exists()
