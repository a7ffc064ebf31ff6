"""From an OPC UA server to the platform: nothing lost, nothing doubled."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kernel.wire.frames import Frame
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.service import free_port, running
from tests.integration.edge_agent.peers import Platform, Plc, agent_running, edge_toml, reads, until


def started(argv: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(argv, stderr=subprocess.DEVNULL)


def numbers(platform: Platform, tags: int = 3) -> list[float]:
    """Return all values; the PLC counts, so nothing lost and nothing doubled is 0, 1, 2, …"""
    return sorted(value for tag in range(tags) for value in platform.values(f"t{tag}"))


def test_every_value_arrives_once_with_its_times(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        platform = Platform(mqtt.url("platform"), "gw-plain")
        config = edge_toml(
            tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-plain"
        )  # fmt: skip
        async with platform.running(), agent_running(config) as agent:
            await until(lambda: reads(agent))
            await plc.count_up(200)
            await until(lambda: platform.count == plc.written)
            assert numbers(platform) == [float(n) for n in range(600)]
            row = next(platform.rows())
            assert row.ts == 1767225600_001_000
            assert 0 <= row.edge_ts - row.server_ts < 5_000_000
            await until(lambda: agent.intake.buffer.rows_waiting == 0)
            await until(lambda: platform.statuses[-1].buffered == 0)
            assert platform.statuses[-1].taken == 600
            assert platform.source("plc")["state"] == "connected"
            assert len(platform.frames) < 60

    runner.run(body())


def test_a_lost_server_is_found_again_and_old_values_are_not_taken_twice(
    mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        plc = Plc(free_port())
        platform = Platform(mqtt.url("platform"), "gw-plc")
        config = edge_toml(tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-plc")
        async with platform.running(), agent_running(config) as agent:
            async with plc.running():
                await until(lambda: reads(agent))
                await plc.count_up(10)
                last = [await plc.write(tag, plc.written) for tag in range(3)]
                await until(lambda: platform.count == 33)
            await until(lambda: platform.source("plc").get("state") == "lost")
            assert platform.source("plc")["code"] == "unreachable"
            async with plc.running():
                # Present values with the times they had: a subscription begins with them.
                for tag in range(3):
                    await plc.write(tag, 30.0 + tag, at=last[tag])
                plc.written = 33
                await until(lambda: reads(agent))
                await plc.count_up(5)
                await until(lambda: platform.count >= 48)
                assert platform.source("plc")["reconnections"] >= 1
        assert numbers(platform) == [float(n) for n in range(48)]

    asyncio.run(body())


def test_a_restarted_agent_does_not_take_present_values_twice(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        platform = Platform(mqtt.url("platform"), "gw-again")
        config = edge_toml(tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-again")
        async with platform.running():
            await plc.count_up(1)
            for run in range(1, 4):
                async with agent_running(config) as agent:
                    await until(lambda: reads(agent))
                    await plc.count_up(1)
                    await until(lambda: platform.count >= 3 + 3 * run)  # noqa: B023 - awaited here
        assert numbers(platform) == [float(n) for n in range(12)]

    runner.run(body())


def test_a_killed_agent_loses_and_doubles_nothing_it_has_taken(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        edge_toml(tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-kill")
        deaf = Platform(mqtt.url("platform"), "gw-kill", verdict=lambda _: None)
        argv = [
            sys.executable,
            "-m",
            "runtime",
            "edge",
            "run",
            "--config",
            str(tmp_path / "edge.toml"),
        ]
        async with deaf.running():
            for _ in range(2):
                process = started(argv)
                try:
                    # The server holds a dead agent's items for a while; the next agent goes on with them.
                    await until(lambda: plc.watched == 3)
                    taken = deaf.taken
                    await plc.count_up(50, 0.002)
                    await until(lambda: deaf.taken > taken)  # noqa: B023 - awaited here
                finally:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
            # What the platform was told to be taken is on disk, whatever was killed.
            told = deaf.taken
        platform = Platform(mqtt.url("platform"), "gw-kill")
        async with platform.running():
            process = started(argv)
            await until(lambda: platform.count == plc.written)
            await until(lambda: platform.taken == plc.written)
            await until(lambda: platform.statuses[-1].buffered == 0)
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == os.EX_OK
            assert platform.count == platform.taken >= told
            assert numbers(platform) == [float(n) for n in range(plc.written)]

    runner.run(body())


def test_a_restarted_broker_and_lost_answers_change_nothing(
    runner: asyncio.Runner, plc: Plc, tmp_path: Path
) -> None:
    broker = EmbeddedMqtt(tmp_path / "mqtt", free_port(), {"edge": "e", "platform": "p"})

    async def body() -> None:
        forgotten: set[int] = set()

        def sometimes(frame: Frame) -> str | None:
            # The first answer to every other frame is lost.
            if frame.seq % 2 and frame.seq not in forgotten:
                forgotten.add(frame.seq)
                return None
            return "stored"

        platform = Platform(broker.url("platform"), "gw-broker", verdict=sometimes)
        config = edge_toml(tmp_path / "edge.toml", broker.url("edge"), plc.url, agent="gw-broker")
        async with agent_running(config) as agent:
            await until(lambda: reads(agent))
            await plc.count_up(20, 0.005)
            for _ in range(2):
                with running(broker.service(), tmp_path / "mqtt"):
                    async with platform.running():
                        await plc.count_up(100, 0.005)
                        await until(lambda: agent.link.up)
            await plc.count_up(100, 0.005)
            with running(broker.service(), tmp_path / "mqtt"):
                async with platform.running():
                    await until(lambda: platform.count == plc.written, 30)
                    await until(lambda: agent.intake.buffer.rows_waiting == 0)
                    assert platform.statuses[-1].dropped == 0
        assert numbers(platform) == [float(n) for n in range(plc.written)]
        assert platform.conflicts == 0
        assert forgotten

    runner.run(body())


def test_the_schema_is_sent_when_it_is_asked_for(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        config = edge_toml(tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-schema")
        platform = Platform(mqtt.url("platform"), "gw-schema")
        async with platform.running(), agent_running(config) as agent:
            await until(lambda: reads(agent) and bool(platform.schemas))
            await plc.count_up(1)
            await until(lambda: platform.count == 3)
            platform.schemas.clear()
            await plc.count_up(1)
            await until(lambda: platform.count == 6)
            (schema,) = platform.schemas.values()
            assert [tag.name for tag in schema.tags] == ["t0", "t1", "t2"]

    runner.run(body())


@pytest.mark.parametrize("whole_folder", [False, True])
def test_a_restored_buffer_opens_a_new_epoch_by_itself_or_is_told_to(
    runner: asyncio.Runner,
    plc: Plc,
    mqtt: EmbeddedMqtt,
    tmp_path: Path,
    whole_folder: bool,  # noqa: FBT001 - pytest's form
) -> None:
    async def body() -> None:
        config = edge_toml(tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-restore")
        platform = Platform(mqtt.url("platform"), "gw-restore")
        async with platform.running():
            async with agent_running(config) as agent:
                await until(lambda: reads(agent))
                await plc.count_up(2)
                await until(lambda: platform.count == 6)
            note = config.buffer.path.with_name(f"{config.buffer.path.name}.opened")
            saved, noted = config.buffer.path.read_bytes(), note.read_bytes()
            async with agent_running(config) as agent:
                await until(lambda: reads(agent))
                await plc.count_up(2)
                await until(lambda: platform.count == 12)
            config.buffer.path.write_bytes(saved)
            if whole_folder:
                note.write_bytes(noted)
            async with agent_running(config) as agent:
                await until(lambda: reads(agent))
                await plc.count_up(2)
                if whole_folder:
                    # Nothing here can tell; the platform can: the numbers were used before.
                    await until(lambda: platform.conflicts > 0)
                await until(lambda: len(set(numbers(platform))) == 18)
                await until(lambda: agent.intake.buffer.rows_waiting == 0)
                assert whole_folder == any(frame.again for frame in platform.frames.values())
                assert bool(platform.conflicts) == whole_folder
                assert len({epoch for epoch, _, _ in platform.frames}) == 2
        # The values taken again after the restoration are the present ones, which the file had forgotten.
        assert set(numbers(platform)) == {float(n) for n in range(18)}

    runner.run(body())


def test_refused_frames_are_kept_and_reported(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        config = edge_toml(tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-refuse")
        platform = Platform(mqtt.url("platform"), "gw-refuse", verdict=lambda _: "refused")
        async with platform.running(), agent_running(config) as agent:
            await until(lambda: reads(agent))
            await plc.count_up(1)
            await until(lambda: platform.source("buffer").get("refused_frames") == 1)
            assert agent.intake.buffer.rows_waiting == 3
            await asyncio.sleep(0.5)
            assert set(platform.seen.values()) == {1}

    runner.run(body())


def test_what_an_outage_left_behind_does_not_hold_live_readings_up(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        config = edge_toml(
            tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-lanes",
            more="[frames]\noutage_seconds = 1\nbacklog_age_ms = 100\n",
        )  # fmt: skip
        deaf = True
        platform = Platform(
            mqtt.url("platform"), "gw-lanes", verdict=lambda _: None if deaf else "stored"
        )
        async with platform.running(), agent_running(config) as agent:
            await until(lambda: reads(agent))
            await plc.count_up(20, 0.01)
            await asyncio.sleep(1.2)
            await plc.count_up(60, 0.01)
            await until(lambda: any(lane == "backlog" for _, lane, _ in platform.seen))
            deaf = False
            await until(lambda: agent.intake.buffer.rows_waiting == 0, 40)
            await plc.count_up(5, 0.01)
            await until(lambda: platform.count == plc.written)
            assert numbers(platform) == [float(n) for n in range(plc.written)]
            last = max(platform.frames.values(), key=lambda frame: frame.cut_at_us)
            assert last.lane == "live"
            for lane in ("live", "backlog"):
                seqs = sorted(seq for _, of_lane, seq in platform.frames if of_lane == lane)
                assert seqs == list(range(len(seqs)))

    runner.run(body())
