"""What a PLC may do to its reader."""

import asyncio
import math
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path

from asyncua import ua

from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.service import free_port
from tests.integration.edge_agent.peers import (
    NAMESPACE,
    Platform,
    Plc,
    agent_running,
    edge_toml,
    reads,
    until,
)


def test_a_wrong_login_is_said_and_a_right_one_works(mqtt: EmbeddedMqtt, tmp_path: Path) -> None:
    async def body() -> None:
        plc = Plc(free_port(), users={"reader": "right"})
        platform = Platform(mqtt.url("platform"), "gw-login")
        async with plc.running(), platform.running():
            for password in ("wrong", "right"):
                config = edge_toml(
                    tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-login",
                    more=f'username = "reader"\npassword = "{password}"\n',
                )  # fmt: skip
                async with agent_running(config) as agent:
                    if password == "wrong":
                        await until(lambda: platform.source("plc").get("code") == "login_refused")
                        assert "wrong" not in platform.source("plc")["detail"]
                    else:
                        await until(lambda: reads(agent))
                        await plc.count_up(1)
                        await until(lambda: platform.count == 3)

    asyncio.run(body())


def test_an_unknown_node_stops_no_other(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        more = "".join(
            f'[[opcua.tags]]\nnode = "{node}"\nasset = "SN-1"\nseries = "bad{number}"\n'
            for number, node in enumerate((f"nsu={NAMESPACE};s=none", "nsu=urn:nobody;s=x", "ns=2;g=zz"))
        )  # fmt: skip
        path = tmp_path / "edge.toml"
        edge_toml(path, mqtt.url("edge"), plc.url, agent="gw-bad")
        path.write_text(path.read_text() + more)
        from edge_agent.config import load_config

        platform = Platform(mqtt.url("platform"), "gw-bad")
        async with platform.running(), agent_running(load_config(path)) as agent:
            await until(lambda: reads(agent))
            await plc.count_up(2)
            await until(lambda: platform.count == 6)
            await until(lambda: platform.source("plc").get("bad_nodes_count") == 3)
            failed = {bad["node"]: bad["reason"] for bad in platform.source("plc")["bad_nodes"]}
            assert failed[f"nsu={NAMESPACE};s=none"] == "BadNodeIdUnknown"
            assert "namespace" in failed["nsu=urn:nobody;s=x"]
            assert "node id" in failed["ns=2;g=zz"]

    runner.run(body())


def test_a_node_that_appears_later_is_found(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path, monkeypatch: object
) -> None:
    import edge_agent.sources.opcua.watching as source

    async def body() -> None:
        path = tmp_path / "edge.toml"
        config = edge_toml(path, mqtt.url("edge"), plc.url, agent="gw-late", tags=4)
        platform = Platform(mqtt.url("platform"), "gw-late")
        async with platform.running(), agent_running(config) as agent:
            await until(lambda: reads(agent))
            await until(lambda: platform.source("plc").get("bad_nodes_count") == 1)
            machine = await plc.server.nodes.objects.get_child(f"{plc.index}:machine")
            await machine.add_variable(ua.NodeId("3", plc.index), "late", 7.0)
            await until(lambda: platform.source("plc").get("bad_nodes_count") == 0)
            await until(lambda: platform.values("t3") == [7.0])

    monkeypatch.setattr(source, "NODE_RETRY_SECONDS", 0.2)  # type: ignore[attr-defined]  # pytest's
    runner.run(body())


def test_values_that_are_no_numbers_are_carried_as_they_are(
    runner: asyncio.Runner, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    values = [
        True, "text", 2**60, [1.5, 2.5], datetime(2026, 1, 2, tzinfo=UTC), math.nan, math.inf, -5,
        b"\x01\x02", None,
    ]  # fmt: skip

    async def body() -> None:
        plc = Plc(free_port(), tags=len(values) + 1)
        path = tmp_path / "edge.toml"
        config = edge_toml(path, mqtt.url("edge"), plc.url, agent="gw-odd", tags=len(values) + 1)
        path.write_text(path.read_text() + 'type = "boolean"\n')
        from edge_agent.config import load_config

        config = load_config(path)
        platform = Platform(mqtt.url("platform"), "gw-odd")
        async with plc.running(), platform.running(), agent_running(config) as agent:
            await until(lambda: reads(agent))
            for tag, value in enumerate([*values, True]):
                await plc.write(tag, ua.Variant(value) if type(value) is int else value)
            await until(lambda: platform.count == len(values) + 1)
        rows = {row.tag: row for row in platform.rows()}
        odd = [rows[f"t{tag}"].odd for tag in range(len(values))]
        assert odd == [True, "text", 2**60, [1.5, 2.5], "2026-01-02T00:00:00+00:00", None, None,
                       None, "0102", None]  # fmt: skip
        assert math.isnan(rows["t0"].value)
        assert math.isnan(rows["t5"].value)
        assert rows["t6"].value == math.inf
        assert rows["t7"].value == -5
        assert rows[f"t{len(values)}"].value == 1.0  # the tag is declared a boolean
        (frame,) = [f for f in platform.frames.values() if 9 in f.series]
        assert {frame.series[row] for row in frame.odd} >= {0, 9}

    runner.run(body())


def test_bad_quality_is_kept_and_unchanged_values_are_taken_again(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        platform = Platform(mqtt.url("platform"), "gw-quality")
        config = edge_toml(tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-quality")
        async with platform.running(), agent_running(config) as agent:
            await until(lambda: reads(agent))
            await plc.write(0, 1.0)
            await plc.write(0, 1.0)  # only its time has changed
            await plc.write(0, 2.0, status=ua.StatusCodes.UncertainLastUsableValue)
            await plc.write(0, 3.0, status=ua.StatusCodes.BadSensorFailure)
            await until(lambda: platform.count == 4)
        found = [(row.value, row.quality, row.odd) for row in platform.rows()]
        assert found[:3] == [(1.0, 0, None), (1.0, 0, None), (2.0, 0x40900000, None)]
        # A server has no value to a bad status; that is no oddity.
        assert math.isnan(found[3][0])
        assert found[3][1:] == (0x808C0000, None)
        assert not any(frame.odd for frame in platform.frames.values())

    runner.run(body())


def test_an_overflow_at_the_server_is_counted(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        platform = Platform(mqtt.url("platform"), "gw-overflow")
        config = edge_toml(tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-overflow")
        async with platform.running(), agent_running(config) as agent:
            await until(lambda: reads(agent))
            await plc.write(0, 1.0, status=0x0480)
            await until(lambda: platform.count == 1)
            await until(lambda: platform.source("plc").get("oddities") == {"overflow": 1})
        assert next(platform.rows()).quality == 0

    runner.run(body())


def test_a_server_that_hangs_is_given_up_and_found_again(
    mqtt: EmbeddedMqtt, tmp_path: Path, monkeypatch: object
) -> None:
    from edge_agent.sources.opcua import connecting

    monkeypatch.setattr(connecting, "REQUEST_SECONDS_MAX", 1.0)  # type: ignore[attr-defined]  # pytest's

    async def body() -> None:
        plc = Plc(free_port())
        open_gate = asyncio.Event()
        open_gate.set()
        ended: list[Awaitable[None]] = []
        port = free_port()

        async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while data := await reader.read(65536):
                    await open_gate.wait()
                    writer.write(data)
            finally:
                writer.close()
                ended.append(writer.wait_closed())

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            host, number = plc.url.removeprefix("opc.tcp://").partition("/")[0].split(":")
            there, back = await asyncio.open_connection(host, int(number))
            await asyncio.gather(pipe(reader, back), pipe(there, writer), return_exceptions=True)

        proxy = await asyncio.start_server(serve, "127.0.0.1", port)
        platform = Platform(mqtt.url("platform"), "gw-hang")
        config = edge_toml(
            tmp_path / "edge.toml", mqtt.url("edge"), f"opc.tcp://127.0.0.1:{port}/plc", agent="gw-hang",
            more="keepalive_seconds = 0.5\n",
        )  # fmt: skip
        async with plc.running(), platform.running():
            async with agent_running(config) as agent:
                await until(lambda: reads(agent))
                open_gate.clear()
                await until(lambda: platform.source("plc").get("state") == "lost")
                open_gate.set()
                await until(lambda: reads(agent))
                await plc.count_up(1)
                await until(lambda: platform.count == 3)
            proxy.close()
            await proxy.wait_closed()
            await asyncio.gather(*ended, return_exceptions=True)

    asyncio.run(body())
