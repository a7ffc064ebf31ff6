"""The MQTT link over TLS: a real handshake, through a proxy that ends it in front of the embedded broker."""

import asyncio
import gc
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kernel.wire.mqtt import Message, MqttLink
from kernel.wire.mqtt_address import MqttAddress
from runtime.embedded.mqtt import EmbeddedMqtt

from .test_mqtt import until, with_links


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate of 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test broker")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "broker.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@asynccontextmanager
async def tls_proxy(certificate: Path, port: int) -> AsyncIterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pipe(reader, back), pipe(there, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0.2)  # the pipes end with their connections


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket")
def test_messages_pass_and_an_unknown_certificate_does_not(
    mqtt: EmbeddedMqtt, certificate: Path
) -> None:
    arrived: list[Message] = []

    async def body() -> None:
        async with tls_proxy(certificate, mqtt.port) as port:
            url = mqtt.url("edge").replace("mqtt://", "mqtts://").replace(str(mqtt.port), str(port))
            trusting = MqttLink(
                MqttAddress.parse(url, ca_file=certificate),
                "tls",
                subscriptions=["tls"],
                on_message=arrived.append,
            )
            doubting = MqttLink(MqttAddress.parse(url), "tls-doubt")

            async def talk() -> None:
                await until(lambda: trusting.up)
                for number in range(60):
                    trusting.publish("tls", bytes([number]) * 40_000)
                await until(lambda: len(arrived) == 60)
                await until(lambda: "CERTIFICATE_VERIFY_FAILED" in doubting.detail)

            await with_links(talk, trusting, doubting)

    asyncio.run(body())
    gc.collect()
    assert [message.payload[0] for message in arrived] == list(range(60))
    assert {len(message.payload) for message in arrived} == {40_000}
