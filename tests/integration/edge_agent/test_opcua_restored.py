"""A gateway whose buffer is an old copy, at a server with a history."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from asyncua import ua

from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.service import free_port
from tests.integration.edge_agent.peers import Platform, Plc, agent_running, edge_toml, reads, until
from tests.integration.edge_agent.test_opcua_losses import counted, forgotten, gaps


def told(platform: Platform) -> set[int]:
    """Return the numbers of the tags that gaps are told of."""
    return {number for gap in gaps(platform) for number in range(gap.first, gap.last + 1)}


def test_what_an_old_copy_does_not_know_is_a_gap_and_not_fetched_twice(
    mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        plc = Plc(free_port())
        platform = Platform(mqtt.url("platform"), "gw-restored")
        config = edge_toml(tmp_path / "edge.toml", mqtt.url("edge"), plc.url, agent="gw-restored")
        buffer, copy = config.buffer.path, tmp_path / "copy.db"

        async def run(settled: Callable[[], bool]) -> None:
            async with agent_running(config) as agent:
                await until(lambda: reads(agent))
                await plc.count_up(5, 0.02)
                await until(lambda: len(set(counted(platform))) == plc.written and settled())
            await forgotten(plc)

        async with plc.running(), platform.running():
            await plc.count_up(1)  # asyncua's history fails over a value without a time
            nodes = [plc.server.get_node(ua.NodeId(str(tag), plc.index)) for tag in range(3)]
            await plc.server.historize_node_data_change(nodes, None)
            await run(lambda: not gaps(platform))
            shutil.copy(buffer, copy)
            await run(lambda: not gaps(platform))
            before = plc.written
            shutil.copy(copy, buffer)
            await run(lambda: told(platform) == {0, 1, 2})
            # The server says at every start what stood last; of what was before that, nothing comes again.
            earlier = [value for value in counted(platform) if value < before - 3]
            assert earlier == [float(n) for n in range(before - 3)]

    asyncio.run(body())
