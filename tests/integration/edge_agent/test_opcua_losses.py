"""What becomes of values while the way to a server is away, and what is said of those that are lost."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua

from edge_agent.agent import Agent
from edge_agent.sources.opcua import connecting
from kernel.wire.readings import Gap
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.service import free_port
from tests.integration.edge_agent.peers import Platform, Plc, agent_running, edge_toml, reads, until
from tests.integration.edge_agent.tcp_proxy import TcpProxy


@asynccontextmanager
async def through_a_proxy(
    folder: Path, plc: Plc, mqtt: EmbeddedMqtt, name: str, more: str = ""
) -> AsyncIterator[tuple[TcpProxy, Platform, Agent]]:
    proxy = TcpProxy(free_port(), plc.url)
    platform = Platform(mqtt.url("platform"), name)
    url = f"opc.tcp://127.0.0.1:{proxy.port}/plc"
    config = edge_toml(folder / "edge.toml", mqtt.url("edge"), url, agent=name, more=more)
    async with proxy.running(), platform.running(), agent_running(config) as agent:
        await until(lambda: reads(agent))
        yield proxy, platform, agent


async def forgotten(plc: Plc) -> None:
    """Let the server forget all its sessions and subscriptions."""
    inner = plc.server.iserver
    await inner.subscription_service.delete_subscriptions(subscriptions(plc))
    for session in list(inner._external_sessions.values()):
        await session.close_session(delete_subs=True)


def subscriptions(plc: Plc) -> list[int]:
    """Return the subscriptions of clients; the server has one of its own for its history."""
    service = plc.server.iserver.subscription_service
    return [
        number
        for number, one in service.subscriptions.items()
        if one.pub_request_callback is not None
    ]


def started(argv: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(argv, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def gaps(platform: Platform) -> list[Gap]:
    return [gap for frame in platform.frames.values() for gap in frame.gaps]


def counted(platform: Platform) -> list[float]:
    return sorted(row.value for row in platform.rows())


def us(moment: datetime) -> int:
    return round(moment.timestamp() * 1e6)


def test_a_broken_connection_goes_on_with_the_session_and_loses_nothing(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        async with through_a_proxy(tmp_path, plc, mqtt, "gw-cut") as (proxy, platform, agent):
            for _ in range(3):
                await plc.count_up(20, 0.005)
                proxy.open = False
                await proxy.cut()
                await plc.count_up(20, 0.005)
                proxy.open = True
                await until(lambda: reads(agent))
            await until(lambda: platform.count == plc.written)
            assert counted(platform) == [float(n) for n in range(plc.written)]
            report = agent.sources[0].report()
            assert report["session"] == "resumed"
            assert report["oddities"].get("republished", 0) > 0
            assert (report["gaps_count"], gaps(platform)) == (0, [])
            assert plc.watched == 3

    runner.run(body())


def test_a_lost_session_hands_its_subscriptions_over(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        # asyncua's server hands over the answers, not the requests: silent, until the new session is taken up
        # again as well.
        more = "keepalive_seconds = 1\n"
        async with through_a_proxy(tmp_path, plc, mqtt, "gw-transfer", more) as (
            proxy,
            platform,
            agent,
        ):
            await plc.count_up(5, 0.005)
            (before,) = subscriptions(plc)
            proxy.open = False
            await proxy.cut()
            agent.sources[0]._held.token = "ns=1;i=424242"  # type: ignore[attr-defined]  # white box
            await plc.count_up(20, 0.005)
            proxy.open = True
            await until(lambda: platform.count == plc.written)
            assert counted(platform) == [float(n) for n in range(plc.written)]
            assert subscriptions(plc) == [before]
            assert agent.sources[0].report()["gaps_count"] == 0
        await forgotten(plc)

    runner.run(body())


def test_what_a_forgetful_server_lost_is_recorded_as_a_gap(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        async with through_a_proxy(tmp_path, plc, mqtt, "gw-forget") as (proxy, platform, agent):
            first = [await plc.write(tag, float(tag)) for tag in range(3)]
            await until(lambda: platform.count == 3)
            proxy.open = False
            await proxy.cut()
            await forgotten(plc)
            last = {}
            for tag in (0, 1):  # the third does not change meanwhile: nothing of it is missing
                await plc.write(tag, 10.0)
                last[tag] = await plc.write(tag, 20.0)
            proxy.open = True
            await until(lambda: len(gaps(platform)) > 0)
            assert gaps(platform) == [Gap(0, 1, us(first[0]), us(last[1]), "connection_lost")]
            assert counted(platform) == [0.0, 1.0, 2.0, 20.0, 20.0]
            await until(lambda: platform.source("plc")["gaps_count"] == 1)
            assert agent.sources[0].report()["session"] == "new"

    runner.run(body())


def test_a_history_fills_what_was_missed(
    mqtt: EmbeddedMqtt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edge_agent.sources.opcua import recovery

    monkeypatch.setattr(recovery, "VALUES_PER_READ", 7)  # several pages

    async def body() -> None:
        plc = Plc(free_port())
        async with plc.running():
            await plc.count_up(1)  # asyncua's history fails over a value without a time
            nodes = [plc.server.get_node(ua.NodeId(str(tag), plc.index)) for tag in (0, 1)]
            await plc.server.historize_node_data_change(nodes, None)
            async with through_a_proxy(tmp_path, plc, mqtt, "gw-history") as (
                proxy,
                platform,
                agent,
            ):
                await plc.count_up(5, 0.02)
                await until(lambda: platform.count == 18)
                proxy.open = False
                await proxy.cut()
                await forgotten(plc)
                await plc.count_up(20, 0.03)
                proxy.open = True
                await until(lambda: platform.count == 18 + 2 * 20 + 1)
                await until(lambda: len(gaps(platform)) == 1)
                (gap,) = gaps(platform)
                assert (gap.first, gap.last) == (2, 2)  # the tag without a history
                assert len(set(counted(platform))) == platform.count
                assert agent.sources[0].report()["recovered"] == 2 * 19
                # A later start of the agent begins after the newest reading, not after the history's.
                await plc.count_up(1)
                await until(lambda: platform.count == 59 + 3)

    asyncio.run(body())


class PagedHistory:
    """The server's history gives a page when it is told to."""

    def __init__(self, plc: Plc) -> None:
        self.pages = asyncio.Semaphore(0)
        manager = plc.server.iserver.history_manager
        self._read, manager.read_history = manager.read_history, self._read_paged

    async def _read_paged(self, *arguments: Any) -> Any:
        await self.pages.acquire()
        return await self._read(*arguments)

    def allow(self, count: int) -> None:
        for _ in range(count):
            self.pages.release()


@asynccontextmanager
async def agent_process(config: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    process = started([sys.executable, "-m", "runtime", "edge", "run", "-c", str(config)])
    try:
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


@pytest.mark.parametrize("history", [True, False])
def test_killed_while_it_fetches_a_history_it_fetches_the_rest_or_tells_the_gap(
    mqtt: EmbeddedMqtt, tmp_path: Path, *, history: bool
) -> None:
    """The first value after an outage moves past what was missed: that is on disk with it."""

    async def body() -> None:
        plc = Plc(free_port(), tags=1)
        name, config = f"gw-fetch-{history}", tmp_path / "edge.toml"
        edge_toml(config, mqtt.url("edge"), plc.url, agent=name, tags=1)
        async with plc.running(), Platform(mqtt.url("platform"), name).running() as platform:
            await plc.count_up(1)
            node = plc.server.get_node(ua.NodeId("0", plc.index))
            await plc.server.historize_node_data_change([node], None, 9999)
            paged = PagedHistory(plc)
            async with agent_process(config):
                await until(lambda: platform.count == 1)
            await forgotten(plc)
            await plc.count_up(1600)
            async with agent_process(config):
                # The present value is there, and one page of those before it.
                paged.allow(1)
                await until(lambda: platform.count >= 2 + 998)
            assert platform.count < plc.written
            paged.allow(100)
            if not history:
                text = config.read_text()
                config.write_text(text.replace("[[opcua]]", "[[opcua]]\nhistory = false"))
            async with agent_process(config):
                await until(lambda: platform.count == plc.written or bool(gaps(platform)))
                await plc.count_up(1)
                await until(lambda: float(plc.written - 1) in counted(platform))
            if history:
                assert counted(platform) == [float(n) for n in range(plc.written)]
                assert gaps(platform) == []
            else:
                found = sorted(row.ts for row in platform.rows())
                last = next(n for n in range(len(found)) if found[n + 1] > found[n] + 1000)
                # From the last that was fetched to the first that was notified.
                gap = Gap(0, 0, found[last], found[last + 1], "connection_lost")
                assert gaps(platform) == [gap]
                assert len(found) == len(set(found)) == last + 3

    asyncio.run(body())


def test_a_notification_lost_on_the_way_is_asked_for_again(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        async with through_a_proxy(tmp_path, plc, mqtt, "gw-again") as (_, platform, agent):
            await plc.count_up(2, 0.03)
            await until(lambda: platform.count == 6)
            (number,) = subscriptions(plc)
            subscription = plc.server.iserver.subscription_service.subscriptions[number]
            send, lost = subscription.pub_result_callback, []

            async def lose(result: Any, _: Any) -> None:
                lost.append(result)
                subscription.pub_result_callback = send

            subscription.pub_result_callback = lose
            await plc.count_up(1)
            await until(lambda: len(lost) == 1)
            await plc.count_up(1)
            await until(lambda: platform.count == plc.written)
            assert counted(platform) == [float(n) for n in range(plc.written)]
            assert agent.sources[0].report()["oddities"]["republished"] == 1
            assert gaps(platform) == []

            # And one the server no longer has.
            before = await plc.write(0, 100.0)
            await until(lambda: platform.count == plc.written)
            subscription._notification_seq += 1
            after = await plc.write(0, 101.0)
            await until(lambda: len(gaps(platform)) == 1)
            assert gaps(platform) == [Gap(0, 2, us(before), us(after), "notifications_lost")]

    runner.run(body())


def test_an_overflow_is_a_gap_between_the_readings_around_it(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        async with through_a_proxy(tmp_path, plc, mqtt, "gw-over") as (_, platform, agent):
            before = await plc.write(1, 1.0)
            await until(lambda: platform.count == 1)
            after = await plc.write(1, 2.0, status=0x0480)
            await until(lambda: gaps(platform) == [Gap(1, 1, us(before), us(after), "overflow")])
            assert agent.sources[0].report()["overflows"] == 1

    runner.run(body())


def test_a_server_that_hangs_is_found_within_two_keepalives(
    runner: asyncio.Runner,
    plc: Plc,
    mqtt: EmbeddedMqtt,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connecting, "REQUEST_SECONDS_MAX", 1.0)

    async def body() -> None:
        loop, keepalive = asyncio.get_running_loop(), 1.0
        more = f"keepalive_seconds = {keepalive}\n"
        async with through_a_proxy(tmp_path, plc, mqtt, "gw-hang2", more) as (
            proxy,
            platform,
            agent,
        ):
            await plc.count_up(1)
            await until(lambda: platform.count == 3)
            proxy.gate.clear()
            began = loop.time()
            await plc.count_up(10)
            await until(lambda: agent.sources[0].report()["state"] == "lost")
            # A quarter of a second for a busy machine.
            assert loop.time() - began <= 2 * keepalive + 0.25
            assert agent.sources[0].report()["code"] == "silent"
            await proxy.cut()
            proxy.gate.set()
            await until(lambda: platform.count == plc.written)
            assert gaps(platform) == []

    runner.run(body())


def watched(plc: Plc) -> int:
    """Return how many items the server's subscriptions watch."""
    service = plc.server.iserver.subscription_service
    return sum(
        len(service.subscriptions[number].monitored_item_srv._monitored_items)
        for number in subscriptions(plc)
    )


KILLS = 20


@pytest.mark.long
def test_a_storm_of_kills_leaves_one_session(
    runner: asyncio.Runner, plc: Plc, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        edge_toml(tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-storm")
        argv = [sys.executable, "-m", "runtime", "edge", "run", "-c", str(tmp_path / "edge.toml")]
        sessions = plc.server.iserver._external_sessions
        most = 0
        async with Platform(mqtt.url("platform"), "gw-storm").running() as platform:
            for number in range(KILLS):
                process = started(argv)
                try:
                    await until(lambda: len(sessions) > 0)
                    if not number:
                        # From here on the server keeps a subscription: what was never watched is not missed.
                        await until(lambda: watched(plc) == 3)
                    # At all moments of connecting, and a few while it reads.
                    await asyncio.sleep(1.2 + number * 0.03)
                    await plc.count_up(1)
                    most = max(most, len(sessions))
                finally:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
            assert most <= 2
            process = started(argv)
            try:
                await until(lambda: platform.count >= plc.written)
            finally:
                process.terminate()
                assert process.wait(15) == os.EX_OK
            assert counted(platform) == [float(n) for n in range(plc.written)]
            await until(lambda: len(sessions) == 0)

    runner.run(body())
