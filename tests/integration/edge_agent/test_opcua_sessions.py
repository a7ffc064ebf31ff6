"""What an agent leaves on a server that refuses it, or whose answers are lost."""

import asyncio
from pathlib import Path

import pytest
from asyncua import ua

from edge_agent.sources.opcua import reader
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.service import free_port
from tests.integration.edge_agent.peers import Platform, Plc, agent_running, edge_toml, reads, until
from tests.integration.edge_agent.tcp_proxy import TcpProxy
from tests.peers.peer import Peer, opcua_server

ACTIVATED = ua.ObjectIds.ActivateSessionResponse_Encoding_DefaultBinary
# A message's type as a four-byte node id: encoding, namespace, number.
ACTIVATE_SESSION_RESPONSE = b"\x01\x00" + ACTIVATED.to_bytes(2, "little")


def test_answers_lost_again_and_again_leave_two_sessions_at_most(
    mqtt: EmbeddedMqtt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By node-opcua's server, which keeps every session until its time is over."""
    monkeypatch.setattr(reader, "_RETRY_SECONDS", 0.1)
    monkeypatch.setattr(reader, "_RETRY_SECONDS_MAX", 0.1)

    async def body(peer: Peer, port: int) -> None:
        proxy = TcpProxy(free_port(), f"opc.tcp://127.0.0.1:{port}/peer")
        proxy.loses = ACTIVATE_SESSION_RESPONSE
        platform = Platform(mqtt.url("platform"), "gw-lost")
        url = f"opc.tcp://127.0.0.1:{proxy.port}/peer"
        config = edge_toml(tmp_path / "edge.toml", mqtt.url("edge"), url, agent="gw-lost")
        async with proxy.running(), platform.running(), agent_running(config) as agent:
            await until(lambda: platform.source("plc").get("code") == "sessions_left_behind")
            proxy.loses = b""
            await asyncio.sleep(1)
            assert (peer.order("sessions")["count"], reads(agent)) == (2, False)

    port = free_port()
    with opcua_server(port, tmp_path / "node-opcua") as peer:
        asyncio.run(body(peer, port))


def test_refused_logins_leave_no_session(
    mqtt: EmbeddedMqtt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_RETRY_SECONDS", 0.1)
    monkeypatch.setattr(reader, "_RETRY_SECONDS_MAX", 0.1)

    async def body() -> None:
        plc = Plc(free_port(), users={"reader": "right"})
        platform = Platform(mqtt.url("platform"), "gw-refused")
        async with plc.running(), platform.running():
            config = edge_toml(
                tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-refused",
                more='username = "reader"\npassword = "wrong"\n',
            )  # fmt: skip
            sessions, created = plc.server.iserver._external_sessions, 0
            async with agent_running(config):
                await until(lambda: platform.source("plc").get("code") == "login_refused")
                await asyncio.sleep(1)
                created = len(sessions)
            assert created <= 1
            assert not sessions

    asyncio.run(body())
