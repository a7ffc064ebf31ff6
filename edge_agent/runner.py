"""A gateway from start to stop: its agent, the platform's orders, and new configurations put on trial.

A new configuration means a new agent on the same buffer. OPC UA servers of which it says the same keep their
sessions meanwhile, and the new agent goes on with them. It has to come up well within its time; otherwise
the one before it comes back, and the platform is told why.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from edge_agent.agent import Agent, until_signalled
from edge_agent.config import EdgeConfig
from edge_agent.control import Control
from edge_agent.keys import Keys
from edge_agent.managed.file import ManagedFiles
from edge_agent.managed.loading import Loaded, load, would_be
from edge_agent.managed.trial import not_well, source_states, summary
from edge_agent.platform_client import PlatformClient
from kernel.errors import ConfigurationError, ForewarnError
from kernel.log import get_logger
from kernel.wire.control import Configuration

STARTS_MAX: Final = 3
_POLL_SECONDS: Final = 0.5
# So long all sources have to be well, at a stretch.
_STEADY_SECONDS: Final = 3.0

_log = get_logger(__name__)


class Runner:
    """Runs the gateway of one `edge.toml`.

    Attributes:
        agent: the one that runs; None before the first.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files = ManagedFiles(path.resolve().parent)
        self._states: dict[str, str] = {}
        self._restart = asyncio.Event()
        self.agent: Agent | None = None

    async def run(self, stop: asyncio.Event, alive: Callable[[], None] = lambda: None) -> None:
        """Run until `stop` is set.

        Raises:
            ForewarnError: the gateway's own configuration or its buffer cannot be used.
        """
        while not stop.is_set():
            self._restart.clear()
            loaded = self._load()
            try:
                await self._run_agent(loaded, stop, alive)
            except ForewarnError as error:
                if loaded.kept is None or loaded.kept.trial is None:
                    raise
                self._go_back(error.detail)

    def _load(self) -> Loaded:
        """Read what is to run, going back where the platform's part of it cannot be run."""
        kept = self._files.note_start()
        if kept is None or kept.trial is None:
            return load(self._path)
        if kept.trial > STARTS_MAX:
            self._go_back(f"it was started {STARTS_MAX} times and did not stay up")
        try:
            return load(self._path)
        except ConfigurationError as error:
            self._go_back(error.detail)
        return load(self._path)

    async def _run_agent(
        self, loaded: Loaded, stop: asyncio.Event, alive: Callable[[], None]
    ) -> None:
        config = loaded.config
        changes = config.credentials_file if config.platform is not None else None
        keys = Keys(config.credentials(), changes)
        agent = self.agent = Agent(config, keys)
        halt = asyncio.Event()
        helpers = [asyncio.create_task(self._halt_when(agent, halt, stop))]
        if config.platform is not None:
            client = PlatformClient(config.platform.url, config.platform.ca_file)
            control = Control(
                client=client,
                agent=agent,
                keys=keys,
                files=self._files,
                loaded=loaded,
                try_out=self._try_out,
            )
            agent.about = control.report
            helpers.append(asyncio.create_task(self._with_agent(agent, control.run())))
            helpers.append(asyncio.create_task(self._watch_trial(agent, control)))
        try:
            await agent.run(halt, alive)
        finally:
            self._states = source_states([source.report() for source in agent.sources])
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    async def _halt_when(self, agent: Agent, halt: asyncio.Event, stop: asyncio.Event) -> None:
        """Halt the agent when the gateway is to stop, or another configuration is to run."""
        waits = [asyncio.create_task(event.wait()) for event in (stop, self._restart)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if not stop.is_set():
                agent.keep_sessions(self._unchanged(agent.config))
            halt.set()
        finally:
            for wait in waits:
                wait.cancel()

    def _unchanged(self, config: EdgeConfig) -> set[str]:
        """Return the sources of which the configuration that comes next says the same."""
        try:
            coming = load(self._path).config
        except ConfigurationError:
            return set()  # it goes back to another, whichever that is
        return {
            one.name
            for one in config.sources()
            if one in coming.sources() and one.name not in coming.withheld
        }

    async def _with_agent(self, agent: Agent, work: Any) -> None:
        await agent.started.wait()
        await work

    def _try_out(self, configuration: Configuration, document: dict[str, Any]) -> None:
        """Put a configuration on trial, unless it says what runs already.

        Raises:
            ConfigurationError: it cannot run here.
        """
        would_be(self._path, document)
        _log.info("trying a configuration", version=configuration.version)
        self._files.try_out(configuration.version, document)
        self._restart.set()

    async def _watch_trial(self, agent: Agent, control: Control) -> None:
        kept = control.loaded.kept
        if kept is None or kept.trial is None:
            return
        assert agent.config.platform is not None, "only the platform gives configurations"
        await agent.started.wait()
        before = self._states
        deadline = time.monotonic() + agent.config.platform.trial_seconds
        well_since: float | None = None
        while True:
            now = time.monotonic()
            wrong = not_well([source.report() for source in agent.sources], before)
            well_since = None if wrong else well_since or now
            if well_since is not None and now - well_since >= _STEADY_SECONDS:
                self._files.keep()
                control.now_runs(load(self._path))
                _log.info("a configuration is in force", version=kept.version)
                return
            if now >= deadline:
                self._go_back(summary(wrong) or "it did not stay well")
                self._restart.set()
                return
            await asyncio.sleep(_POLL_SECONDS)

    def _go_back(self, reason: str) -> None:
        _log.error("a configuration was rolled back", reason=reason)
        self._files.go_back(reason)


def run_gateway(path: Path, alive: Callable[[], None] = lambda: None) -> None:
    """Run the gateway of an `edge.toml` in this process until SIGTERM or SIGINT.

    Raises:
        ForewarnError: the configuration or the buffer cannot be used.
    """
    asyncio.run(until_signalled(lambda stop: Runner(path).run(stop, alive)))
