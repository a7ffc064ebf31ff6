"""A customer's site: a PLC and a gateway that was enrolled, in a thread of their own."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from edge_agent.agent import Agent
from edge_agent.runner import Runner
from runtime.embedded.service import free_port
from tests.integration.edge_agent.peers import Plc

T = TypeVar("T")


class Site:
    """One event loop in a thread, with a PLC that counts and any number of gateways."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="site")
        self.plc = Plc(free_port())
        self._plc_running: Any = None

    def call(self, work: Coroutine[Any, Any, T], seconds: float = 30) -> T:
        """Run something in the site's loop and wait for it."""
        return self.begin(work).result(seconds)

    def begin(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Let something run in the site's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def start(self) -> None:
        self._thread.start()
        self._plc_running = self.plc.running()
        self.call(self._plc_running.__aenter__())

    def stop(self) -> None:
        self.call(self._plc_running.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def count_up(self, steps: int) -> None:
        """Let the PLC write rising numbers to its tags."""
        self.call(self.plc.count_up(steps))

    @contextmanager
    def gateway(self, config: Path) -> Iterator["RunningGateway"]:
        """Run a gateway's whole program, as `forewarn edge run` does, for the length of the block."""
        running = RunningGateway(self._loop, config)
        try:
            yield running
        finally:
            running.stop()


class RunningGateway:
    """A gateway's program."""

    def __init__(self, loop: asyncio.AbstractEventLoop, config: Path) -> None:
        self._loop = loop
        self._stop = asyncio.Event()
        self._runner = Runner(config)
        self._done: Future[None] = asyncio.run_coroutine_threadsafe(
            self._runner.run(self._stop), loop
        )

    @property
    def agent(self) -> Agent:
        """The agent that runs now."""
        assert self._runner.agent is not None
        return self._runner.agent

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._done.result(30)


def until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait for something to become true, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found
