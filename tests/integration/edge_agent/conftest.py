"""One event loop and one OPC UA server for the tests that need no other: a server takes seconds to start."""

import asyncio
from collections.abc import Iterator

import pytest

from runtime.embedded.service import free_port
from tests.integration.edge_agent.peers import Plc


@pytest.fixture(scope="package")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="package")
def shared_plc(runner: asyncio.Runner) -> Iterator[Plc]:
    plc = Plc(free_port())
    running = plc.running()
    runner.run(running.__aenter__())
    yield plc
    runner.run(running.__aexit__(None, None, None))


@pytest.fixture
def plc(runner: asyncio.Runner, shared_plc: Plc) -> Plc:
    """A server whose three variables have no value yet."""
    runner.run(shared_plc.reset())
    return shared_plc
