"""Mosquitto with the deployed start script, logins and topic rights."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.settings import forget_settings
from registry import handlers
from runtime.embedded.service import Service, answers, free_port, running
from tests.support import debian

PASSWORDS = {
    "FOREWARN_MQTT_PLATFORM_PASSWORD": "platform-password",
    "FOREWARN_MQTT_EDGE_PASSWORD": "edge-password",
    "FOREWARN_MQTT_ADMIN_PASSWORD": "admin-password",
}


@pytest.fixture(scope="package")
def port() -> Iterator[int]:
    """Mosquitto with the deployed start script, logins and topic rights; without TLS."""
    installation = debian.require()
    chosen = free_port()
    with tempfile.TemporaryDirectory(prefix="forewarn-mosquitto-") as name:
        data = Path(name)
        data.chmod(0o755)
        shutil.copy(debian.DEPLOY / "mosquitto" / "acl", data / "acl")
        config = data / "mosquitto.conf"
        config.write_text(
            f"listener {chosen} 127.0.0.1\nallow_anonymous false\n"
            f"password_file {data}/passwords\nacl_file {data}/acl\n"
        )
        argv = ["/bin/sh", str(debian.DEPLOY / "mosquitto" / "start.sh"), str(config), str(data)]
        env = {**PASSWORDS, "PATH": f"{installation.mosquitto.parent}:{debian.PATH}"}
        with running(Service("mosquitto", argv, lambda: answers(chosen), env), data / "logs"):
            yield chosen


@pytest.fixture(autouse=True)
def _own_logins(port: int, monkeypatch: pytest.MonkeyPatch, _gateway_settings: None) -> None:
    assert handlers.__name__, "imported, it listens to the changes"
    monkeypatch.setenv("FOREWARN_GATEWAYS_MQTT_URL", f"mqtt://127.0.0.1:{port}")
    monkeypatch.setenv(
        "FOREWARN_GATEWAYS_BROKER_ADMIN_URL", f"mqtt://broker-admin:admin-password@127.0.0.1:{port}"
    )
    forget_settings()
