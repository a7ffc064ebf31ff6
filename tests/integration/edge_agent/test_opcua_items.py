"""Monitored items against a real server: deadbands, intervals, limits and profiles, and a long way."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua

from edge_agent.agent import Agent
from edge_agent.config import EdgeConfig, load_config
from edge_agent.sources.opcua import profiles
from runtime.embedded.service import free_port
from tests.integration.edge_agent.peers import Plc, agent_running, edge_toml, reads, until
from tests.integration.edge_agent.tcp_proxy import TcpProxy
from tests.integration.edge_agent.test_opcua_losses import subscriptions

NOWHERE = "mqtt://edge:e@127.0.0.1:1"


def configured(
    folder: Path, url: str, tags: dict[int, str] | None = None, more: str = ""
) -> EdgeConfig:
    """Configure the PLC's three tags, some with lines of their own."""
    path = folder / "edge.toml"
    edge_toml(path, NOWHERE, url, agent="gw-items", more=more)
    text = path.read_text()
    for tag, lines in (tags or {}).items():
        text = text.replace(f'series = "tag{tag}"\n', f'series = "tag{tag}"\n{lines}')
    path.write_text(text)
    return load_config(path)


def report(agent: Agent) -> dict[str, Any]:
    return agent.sources[0].report()


def filters(plc: Plc) -> dict[int, ua.DataChangeFilter | None]:
    """Return the filters the server was asked for, by client handle."""
    service = plc.server.iserver.subscription_service
    return {
        item.client_handle: item.filter
        for number in subscriptions(plc)
        for item in service.subscriptions[number].monitored_item_srv._monitored_items.values()
    }


@pytest.mark.parametrize("profile", ["generic", "s7-1200"])
def test_deadbands_are_of_the_last_reported_value_whoever_filters(
    runner: asyncio.Runner, plc: Plc, tmp_path: Path, profile: str
) -> None:
    async def body() -> None:
        node = plc.server.get_node(ua.NodeId("1", plc.index))
        if not [
            p for p in await node.get_properties() if (await p.read_browse_name()).Name == "EURange"
        ]:
            await node.add_property(0, "EURange", ua.Range(0.0, 200.0))
        bands = {
            0: "deadband = 1.0\n",
            1: "deadband_percent = 1.0\n",  # of the server's 0 to 200
            2: "deadband_percent = 1.0\nlow = 0\nhigh = 50\n",
        }
        config = configured(tmp_path, plc.url, bands, f'profile = "{profile}"\n')
        async with agent_running(config) as agent:
            await until(lambda: reads(agent))
            asked = filters(plc)
            if profile == "generic":
                kinds = {
                    number: (one.DeadbandType, one.DeadbandValue)
                    for number, one in asked.items()
                    if one
                }
                assert kinds == {0: (1, 1.0), 1: (2, 1.0), 2: (1, 0.5)}
            else:
                assert not any(asked.values())
            for tag, step in ((0, 0.6), (1, 1.5), (2, 0.3)):
                for value in range(8):
                    await plc.write(tag, value * step)
                    await asyncio.sleep(0.04)  # each in a notification of its own
            await plc.write(0, 4.2, status=ua.StatusCodes.UncertainLastUsableValue)
            # 0, 1.2, 2.4, 3.6 and the status; 0, 3, 6, 9; 0, 0.6, 1.2, 1.8
            if profile == "s7-1200":
                await until(lambda: report(agent)["values"] == 13)
            else:
                # asyncua compares with the last sample and filters steps below the deadband for ever.
                await until(lambda: 4 <= report(agent)["values"] <= 13)
            assert report(agent)["deadbands_without_range"] == 0

    runner.run(body())


def test_a_percentage_of_nothing_lets_everything_through_and_is_said(
    runner: asyncio.Runner, plc: Plc, tmp_path: Path
) -> None:
    async def body() -> None:
        config = configured(tmp_path, plc.url, {0: "deadband_percent = 50\n"})
        async with agent_running(config) as agent:
            await until(lambda: reads(agent))
            await plc.write(0, 1.0)
            await plc.write(0, 1.001)
            await until(lambda: report(agent)["values"] == 2)
            assert report(agent)["deadbands_without_range"] == 1

    runner.run(body())


def test_tags_of_one_publishing_interval_share_a_subscription(
    runner: asyncio.Runner, plc: Plc, tmp_path: Path
) -> None:
    async def body() -> None:
        own = {
            1: "publishing_interval_ms = 200\nsampling_interval_ms = 50\n",
            2: "publishing_interval_ms = 200\n",
        }
        async with agent_running(configured(tmp_path, plc.url, own)) as agent:
            await until(lambda: reads(agent))
            service = plc.server.iserver.subscription_service
            made = {
                service.subscriptions[number].data.RevisedPublishingInterval: sorted(
                    item.client_handle
                    for item in service.subscriptions[
                        number
                    ].monitored_item_srv._monitored_items.values()
                )
                for number in subscriptions(plc)
            }
            assert made == {20.0: [0], 200.0: [1, 2]}
            await plc.count_up(3, 0.01)
            await until(lambda: report(agent)["values"] == 9)

    runner.run(body())


def test_requests_keep_to_what_the_server_says_it_takes(
    runner: asyncio.Runner, plc: Plc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body() -> None:
        limit = ua.NodeId(
            ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall
        )
        await plc.server.write_attribute_value(
            limit, ua.DataValue(ua.Variant(2, ua.VariantType.UInt32))
        )
        sizes = []
        service = plc.server.iserver.subscription_service
        create = service.create_monitored_items

        async def watched(parameters: Any) -> Any:
            sizes.append(len(parameters.ItemsToCreate))
            return await create(parameters)

        monkeypatch.setattr(service, "create_monitored_items", watched)
        try:
            async with agent_running(configured(tmp_path, plc.url)) as agent:
                await until(lambda: reads(agent))
                assert sizes == [2, 1]
        finally:
            await plc.server.write_attribute_value(
                limit, ua.DataValue(ua.Variant(0, ua.VariantType.UInt32))
            )

    runner.run(body())


def test_tags_beyond_a_profiles_limit_are_left_out_and_named(
    runner: asyncio.Runner, plc: Plc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(profiles.PROFILES["s7-1200"], items_max=2)
    monkeypatch.setitem(profiles.PROFILES, "s7-1200", small)

    async def body() -> None:
        config = configured(tmp_path, plc.url, more='profile = "s7-1200"\n')
        async with agent_running(config) as agent:
            await until(lambda: reads(agent))
            (bad,) = report(agent)["bad_nodes"]
            assert bad["reason"] == "the profile s7-1200 has 2 items"
            await plc.count_up(2, 0.05)
            await until(lambda: report(agent)["values"] == 4)

    runner.run(body())


def test_a_long_way_does_not_limit_notifications(
    runner: asyncio.Runner, plc: Plc, tmp_path: Path
) -> None:
    """Whatever the round trip takes: the server has requests enough to go on without hearing from us."""

    async def body() -> None:
        proxy = TcpProxy(free_port(), plc.url)
        config = configured(
            tmp_path, f"opc.tcp://127.0.0.1:{proxy.port}/plc", more="keepalive_seconds = 20\n"
        )
        async with proxy.running(), agent_running(config) as agent:
            await until(lambda: reads(agent))
            # A round whose answer shows that the requests are at the server.
            await plc.count_up(1, 0.0)
            await until(lambda: report(agent)["values"] == plc.written)
            proxy.to_server.clear()
            for _ in range(5):
                await plc.count_up(1, 0.0)
                await until(lambda: report(agent)["values"] == plc.written)
            proxy.to_server.set()

    runner.run(body())
