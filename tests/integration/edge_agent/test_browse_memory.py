"""Walking a large address space: page by page, in bounded memory."""

import asyncio
import tracemalloc

import pytest
from asyncua import ua

from edge_agent.browse import tags_of
from runtime.embedded.service import free_port
from tests.integration.edge_agent.peers import Plc

FOLDERS, VARIABLES = 40, 50


@pytest.mark.long
def test_memory_does_not_grow_with_what_was_found() -> None:
    async def body() -> None:
        plc = Plc(free_port())
        async with plc.running():
            for number in range(FOLDERS):
                folder = await plc.server.nodes.objects.add_folder(
                    ua.NodeId(f"f{number}", plc.index), f"f{number}"
                )
                for place in range(VARIABLES):
                    await folder.add_variable(
                        ua.NodeId(f"{number}.{place}", plc.index), f"v{place}", 0.0
                    )
            found, sizes = 0, []
            tracemalloc.start()
            try:
                async for tag in tags_of(plc.url):
                    found += tag.owner.startswith("f")
                    if found % 500 == 1:
                        sizes.append(tracemalloc.get_traced_memory()[0])
            finally:
                tracemalloc.stop()
            assert found == FOLDERS * VARIABLES
            # The text of a node id is kept for each, no more: 50,000 take some 15 MB.
            per_node = (max(sizes[1:]) - sizes[1]) / (found * 0.75)
            assert per_node < 600, f"{per_node:.0f} bytes for each variable"

    asyncio.run(body())
