"""The agent beside node-opcua's server, which shares no code with asyncua."""

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from asyncua import Client, ua

from edge_agent.browse import FoundTag, tags_of
from edge_agent.config import EdgeConfig, load_config
from edge_agent.trust.store import TrustStore
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.service import free_port
from tests.integration.edge_agent.peers import KEY, Platform, agent_running, reads, until
from tests.peers.peer import Peer, opcua_server

STARTED = 1_767_225_600_000
HOUR = 3_600_000
TAGS = (("Temperature", "number"), ("Count", "number"), ("Running", "boolean"), ("Label", "number"))


class Server:
    """A server that can be ended and begun again at its address."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"opc.tcp://127.0.0.1:{self.port}/peer"
        self._folder = folder
        self._stack = ExitStack()
        self.peer: Peer

    def start(self) -> None:
        self.peer = self._stack.enter_context(opcua_server(self.port, self._folder))

    def stop(self) -> None:
        self._stack.close()

    def write(self, name: str, value: object, at: int, status: str = "Good") -> None:
        self.peer.order("write", name=name, value=value, at=STARTED + at, status=status)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("node-opcua"))
    made.start()
    yield made
    made.stop()


def config_of(
    tmp_path: Path, mqtt: EmbeddedMqtt, server: Server, agent: str, more: str = ""
) -> EdgeConfig:
    tags = "".join(
        f'[[opcua.tags]]\nnode = "nsu=urn:forewarn:test:peer;s={name}"\nname = "{name}"\n'
        f'asset = "SN-1"\nseries = "{name}"\ntype = "{kind}"\n'
        for name, kind in TAGS
    )
    path = tmp_path / "edge.toml"
    path.write_text(
        f'agent = "{agent}"\nkey = "{KEY.hex()}"\nstatus_seconds = 0.3\n'
        f'[mqtt]\nurl = "{mqtt.url("edge")}"\n'
        f'[[opcua]]\nname = "plc"\nurl = "{server.url}"\npublishing_interval_ms = 20\n'
        f"sampling_interval_ms = 0\n{more}\n{tags}"
    )
    return load_config(path)


def rows_of(platform: Platform, tag: str) -> list[tuple[int, float, int]]:
    """What was written to a tag, as (ms since the start, value, quality)."""
    return sorted(
        (row.ts // 1000 - STARTED, row.value, row.quality)
        for row in platform.rows()
        if row.tag == tag and 0 <= row.ts // 1000 - STARTED < HOUR
    )


def test_values_qualities_and_both_times_arrive_and_outlive_the_server(
    mqtt: EmbeddedMqtt, tmp_path: Path, server: Server
) -> None:
    async def body() -> None:
        config = config_of(tmp_path, mqtt, server, "gw-peer")
        platform = Platform(mqtt.url("platform"), "gw-peer")
        async with platform.running(), agent_running(config) as agent:
            await until(lambda: reads(agent))
            for step in range(50):
                server.write("Temperature", 20.0 + step, step * 10)
            server.write("Temperature", 70.0, 500, "BadSensorFailure")
            server.write("Temperature", 71.0, 510, "UncertainLastUsableValue")
            server.write("Count", -7, 100)
            server.write("Running", True, 100)  # noqa: FBT003 - its value
            server.write("Label", "B12", 100)
            await until(lambda: len(rows_of(platform, "Temperature")) == 52)
            await until(lambda: bool(rows_of(platform, "Label")))
            assert rows_of(platform, "Temperature")[:50] == [
                (step * 10, 20.0 + step, 0) for step in range(50)
            ]
            bad, uncertain = rows_of(platform, "Temperature")[50:]
            assert (bad[0], bad[2]) == (500, 0x808C0000)
            assert uncertain == (510, 71.0, 0x40900000)
            assert rows_of(platform, "Count") == [(100, -7.0, 0)]
            assert rows_of(platform, "Running") == [(100, 1.0, 0)]
            label = next(row for row in platform.rows() if row.odd == "B12")
            assert label.tag == "Label"
            # This server stamps a value that its source sets with the source's time, both times.
            count = next(row for row in platform.rows() if row.value == -7.0)
            assert count.server_ts == count.ts == (STARTED + 100) * 1000
            assert abs(count.edge_ts - time.time_ns() // 1000) < 60_000_000

            server.stop()
            await until(lambda: not reads(agent))
            await asyncio.to_thread(server.start)
            await until(lambda: reads(agent), 60)
            server.write("Temperature", 99.0, 10_000)
            await until(lambda: rows_of(platform, "Temperature")[-1] == (10_000, 99.0, 0))

    asyncio.run(body())


RESTARTS = 10
CURRENT_SESSIONS = (
    ua.ObjectIds.Server_ServerDiagnostics_ServerDiagnosticsSummary_CurrentSessionCount
)


def started(config: Path) -> "subprocess.Popen[bytes]":
    argv = [sys.executable, "-m", "runtime", "edge", "run", "--config", str(config)]
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.long
@pytest.mark.timeout(240)
def test_ten_restarts_in_ten_seconds_leave_one_extra_session_at_most(
    mqtt: EmbeddedMqtt, tmp_path: Path, server: Server
) -> None:
    """By what this server counts itself, and by what it tells everybody."""

    async def body() -> None:
        config_of(tmp_path, mqtt, server, "gw-restarts")
        platform = Platform(mqtt.url("platform"), "gw-restarts")
        async with platform.running(), Client(server.url) as observer:
            others, counts = sessions_of(server), Counter[int]()
            for number in range(RESTARTS):
                process = started(tmp_path / "edge.toml")
                try:
                    # Killed at moments before, in and after connecting.
                    end = time.monotonic() + 0.4 + number * 0.13
                    # The first one in any case after it.
                    while time.monotonic() < end or (number == 0 and not counts[1]):
                        counts[sessions_of(server) - others] += 1
                        await asyncio.sleep(0.02)
                finally:
                    process.kill()
                    process.wait()
            assert max(counts) in {1, 2}, counts
            platform.statuses.clear()
            process = started(tmp_path / "edge.toml")
            try:
                # Killed twice while it opened one, it waits until the server has forgotten the first.
                await until(lambda: platform.source("plc").get("state") == "connected", 90)
                assert 1 <= sessions_of(server) - others <= 2
                told = await observer.get_node(CURRENT_SESSIONS).read_value()
                assert told == sessions_of(server)
            finally:
                process.terminate()
                assert process.wait(15) == os.EX_OK
            await until(lambda: sessions_of(server) - others <= 1)

    asyncio.run(body())


def sessions_of(server: Server) -> int:
    return int(server.peer.order("sessions")["count"])


def test_units_and_ranges_are_found_where_the_server_keeps_them(server: Server) -> None:
    async def body() -> dict[str, FoundTag]:
        return {tag.name: tag async for tag in tags_of(server.url)}

    found = asyncio.run(body())
    temperature = found["Temperature"]
    assert (temperature.unit, temperature.low, temperature.high) == ("°C", 0.0, 150.0)
    assert temperature.node == "nsu=urn:forewarn:test:peer;s=Temperature"
    assert (found["Running"].type, found["Count"].type, found["Label"].type) == (
        "boolean", "number", "",
    )  # fmt: skip


POLICIES = ("Basic256Sha256", "Aes128-Sha256-RsaOaep", "Aes256-Sha256-RsaPss")
LOGINS = {"Sign": "", "SignAndEncrypt": 'username = "reader"\npassword = "secret"'}


@pytest.mark.parametrize("mode", list(LOGINS))
@pytest.mark.parametrize(
    "policy", [*(pytest.param(p, marks=pytest.mark.long) for p in POLICIES[:-1]), POLICIES[-1]]
)
def test_every_policy_and_mode_is_spoken_once_the_operator_trusts_the_server(
    mqtt: EmbeddedMqtt, tmp_path: Path, server: Server, policy: str, mode: str
) -> None:
    async def body() -> None:
        # The certificate that this server makes for itself names the machine, not its address.
        more = (
            f'security_policy = "{policy}"\nsecurity_mode = "{mode}"\nverify_host = false\n'
            f"{LOGINS[mode]}"
        )
        config = config_of(tmp_path, mqtt, server, "gw-secure", more)
        platform = Platform(mqtt.url("platform"), "gw-secure")
        async with platform.running(), agent_running(config):
            await until(lambda: platform.source("plc").get("code") == "certificate_untrusted")
            shown = platform.source("plc")["server_certificate"]["thumbprint"]
            TrustStore(config.pki).accept(shown)
            await until(lambda: platform.source("plc")["state"] == "connected", 40)
            server.write("Count", 42, 700)
            await until(lambda: rows_of(platform, "Count") == [(700, 42.0, 0)])

    asyncio.run(body())


def test_a_wrong_password_is_told_as_such(
    mqtt: EmbeddedMqtt, tmp_path: Path, server: Server
) -> None:
    async def body() -> None:
        more = 'username = "reader"\npassword = "wrong"'
        config = config_of(tmp_path, mqtt, server, "gw-wrong", more)
        platform = Platform(mqtt.url("platform"), "gw-wrong")
        async with platform.running(), agent_running(config):
            await until(lambda: platform.source("plc").get("code") == "login_refused")

    asyncio.run(body())
