"""MQTT sources behind TLS with client certificates, at a real Mosquitto."""

import asyncio
import gc
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from kernel.wire.mqtt import MqttLink
from kernel.wire.mqtt_address import MqttAddress
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.service import Service, answers, free_port, running
from tests.integration.edge_agent.peers import Platform, agent_running, until
from tests.integration.edge_agent.test_mqtt_sources import config_of
from tests.support import debian


def _client_certificate(folder: Path, name: str, *, days: int = 1) -> None:
    """Make NAME.crt and NAME.key, signed by the folder's authority, good from ten days ago for so long."""
    authority = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
    signer = serialization.load_pem_private_key(
        (folder.with_name(f"{folder.name}.authority") / "ca.key").read_bytes(), None
    )
    assert isinstance(signer, rsa.RSAPrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .sign(signer, hashes.SHA256())
    )
    (folder / f"{name}.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@contextmanager
def mosquitto() -> Iterator[tuple[Path, int]]:
    """Run a Mosquitto that wants a client certificate; yields where all certificates are, and its port."""
    installation = debian.require()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="forewarn-mqtts-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for place, host in ((folder, "127.0.0.1"), (folder / "other", "127.0.0.1")):
            make = debian.DEPLOY / "mosquitto" / "make-certs.sh"
            subprocess.run([make, place, host], check=True, capture_output=True)
        # Mosquitto, no longer root by then, has to read it.
        (folder / "server.key").chmod(0o644)
        _client_certificate(folder, "gateway")
        _client_certificate(folder, "former", days=-1)
        _client_certificate(folder / "other", "stranger")
        config = folder / "mosquitto.conf"
        config.write_text(
            f"listener {port}\ncafile {folder}/ca.crt\ncertfile {folder}/server.crt\n"
            f"keyfile {folder}/server.key\nrequire_certificate true\nuse_identity_as_username true\n"
        )
        argv = [str(installation.mosquitto), "-c", str(config)]
        with running(Service("mqtts", argv, lambda: answers(port)), folder / "logs"):
            yield folder, port


SOURCE = """
[[mqtt_json]]
name = "{name}"
url = "mqtts://{host}:PORT"
{files}
[[mqtt_json.patterns]]
topic = "fan/+"
path = "$.n"
asset = "{name}-{{1}}"
series = "n"
"""
GOOD = (
    'ca_file = "FOLDER/ca.crt"\ncert_file = "FOLDER/gateway.crt"\nkey_file = "FOLDER/gateway.key"'
)
CASES = {
    "good": ("127.0.0.1", GOOD, ""),
    "wrong host": ("localhost", GOOD, "certificate verify failed"),
    "unknown authority": ("127.0.0.1", GOOD.replace("/ca.crt", "/other/ca.crt"), "verify failed"),
    "the system's authorities": ("127.0.0.1", "", "verify failed"),
    "no certificate": ("127.0.0.1", 'ca_file = "FOLDER/ca.crt"', "disconnected"),
    "an expired certificate": ("127.0.0.1", GOOD.replace("/gateway.", "/former."), "disconnected"),
    "a stranger's certificate": (
        "127.0.0.1", GOOD.replace("/gateway.", "/other/stranger."), "disconnected",
    ),
}  # fmt: skip


def is_lost(platform: Platform, name: str) -> bool:
    return platform.source(name).get("state") == "lost"


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket")
def test_only_the_right_certificates_on_both_sides_connect(
    mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body(folder: Path, port: int) -> None:
        sources = "".join(
            SOURCE.format(name=name, host=host, files=files)
            for name, (host, files, _) in CASES.items()
        )
        sources = sources.replace("PORT", str(port)).replace("FOLDER", str(folder))
        config = config_of(tmp_path, mqtt, "gw-tls", sources)
        platform = Platform(mqtt.url("platform"), "gw-tls")
        async with platform.running(), agent_running(config):
            for name, (_, _, why) in CASES.items():
                if why:
                    await until(partial(is_lost, platform, name))
                    source = platform.source(name)
                    assert source["code"] == "unreachable"
                    assert why in source["detail"], (name, source["detail"])
            await until(lambda: platform.source("good")["state"] == "connected")
            files = {f"{n}_file": folder / f for n, f in
                     (("ca", "ca.crt"), ("cert", "gateway.crt"), ("key", "gateway.key"))}  # fmt: skip
            address = MqttAddress.parse(f"mqtts://127.0.0.1:{port}", **files)
            device = MqttLink(address, "device")
            task = asyncio.create_task(device.run())
            await until(lambda: device.up)
            device.publish("fan/7", b'{"n": 1}')
            await until(lambda: platform.count == 1)
            assert [(row.tag, row.value) for row in platform.rows()] == [("good-7/n", 1.0)]
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    with mosquitto() as (folder, port):
        asyncio.run(body(folder, port))
    gc.collect()
