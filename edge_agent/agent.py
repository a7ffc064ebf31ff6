"""The agent: its parts put together, run until told to stop."""

import asyncio
import logging
import signal
from collections.abc import Callable, Collection, Coroutine
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from itertools import accumulate
from typing import Any, Self

from edge_agent.config import EdgeConfig, JsonSource, OpcUaSource, SparkplugSource
from edge_agent.health import own_report
from edge_agent.intake import Intake, now_us
from edge_agent.keys import Keys
from edge_agent.publisher import STALLED_SECONDS, Publisher
from edge_agent.sources.source import KeepsSession, Source
from edge_agent.sources.withheld import WithheldReader
from kernel.log import get_logger
from kernel.wire.frames import ack_topic, client_id_of, status_topic
from kernel.wire.messages import Schema, Status, encode_status
from kernel.wire.mqtt import BRIEF_MANY, MqttLink

_STOP_SECONDS_MAX = 3.0
_CHANGE_SECONDS_MIN = 0.2
# Epochs that are closed change seldom.
_FORMER_EPOCHS_EVERY = 20

_log = get_logger(__name__)


def program_version() -> str:
    """Return the version of the installed program."""
    try:
        return version("forewarn")
    except PackageNotFoundError:
        return "unknown"


class Agent:
    """One gateway's agent.

    Attributes:
        config: what it runs.
        started: its buffer is open.
        about: tells what else the status is to say of the agent itself.
    """

    def __init__(self, config: EdgeConfig, keys: Keys | None = None) -> None:
        """Put the agent together; nothing is opened or connected yet.

        Args:
            config: what to run.
            keys: that the platform may change; by default those of the configuration, as they are.

        Raises:
            ConfigurationError: the key cannot be read.
        """
        self.config = self._config = config
        keys = keys or Keys(config.credentials(), None)
        self._identity = keys.identity
        self._changed = asyncio.Event()
        self._was_up = False
        self._started_at_us = now_us()
        self.started = asyncio.Event()
        self.about: Callable[[], dict[str, Any]] = dict
        self.publisher = Publisher(self._identity, config.frames.outage_seconds)
        self.intake = Intake(
            config=config.buffer,
            frames=config.frames,
            identity=self._identity,
            schema=Schema(config.agent, config.tags()),
            outlet=self.publisher.outlet,
            on_frames=self.publisher.frames_cut,
            on_new_buffer=self.publisher.new_buffer,
            may_find=config.may_find,
            priorities=config.priorities(),
        )
        self.link = MqttLink(
            keys.login(config.mqtt.address()),
            client_id_of(config.agent),
            subscriptions=[ack_topic(config.agent)],
            on_message=self.publisher.arrived,
            on_change=self._link_changed,
        )
        self.publisher.link, self.publisher.intake = self.link, self.intake
        self.sources = self._sources()

    async def run(self, stop: asyncio.Event, alive: Callable[[], None] = lambda: None) -> None:
        """Run until `stop` is set; what was taken is on disk then.

        Args:
            stop: ends it.
            alive: called with every status, from the loop that does the work.

        Raises:
            ForewarnError: the buffer cannot be opened.
        """
        # asyncua tells every lost connection several times over; the sources tell it once.
        logging.getLogger("asyncua").setLevel(logging.CRITICAL)
        await self.intake.start()
        self.started.set()
        _log.info("edge agent started", agent=self._config.agent, tags=len(self._config.tags()),
                  epoch=str(self.intake.buffer.epoch), waiting=self.intake.buffer.rows_waiting)  # fmt: skip
        async with _Tasks() as readers, _Tasks() as others:
            others.start(
                self.intake.run(), self.publisher.run(), self.link.run(), self._report(alive)
            )
            readers.start(*(source.run() for source in self.sources))
            stopping = asyncio.create_task(stop.wait())
            done, _ = await asyncio.wait(
                [stopping, *readers.tasks, *others.tasks], return_when=asyncio.FIRST_COMPLETED
            )
            stopping.cancel()
            await readers.cancel()
            await self._last_words()
        await self.intake.close()
        for task in done - {stopping}:
            task.result()  # a part that ended by itself has failed
        _log.info("edge agent stopped", waiting=self.intake.buffer.rows_waiting)

    async def use_next_key(self, keys: Keys) -> None:
        """Sign with the next key from now on, and connect with the login that goes with it."""
        await self.intake.call(lambda: keys.switch(self.intake.buffer.newest_id))
        self.link.use(keys.login(self._config.mqtt.address()))

    def keep_sessions(self, names: Collection[str]) -> None:
        """Let these sources leave their servers' sessions to the agent that comes next."""
        for source, config in zip(self.sources, self._config.sources(), strict=True):
            if config.name in names and isinstance(source, KeepsSession):
                source.keep_session()

    def status(self, position: int = 0) -> list[Status]:
        """Return the status of the current epoch, then of former ones whose counts still matter."""
        buffer = self.intake.buffer
        trouble = self.intake.trouble or self.publisher.trouble
        facts = {
            "refused_frames": buffer.waiting.refused,
            **buffer.report(),
            "trouble": trouble,
            "moved_aside": self.intake.moved_aside,
            "bad_acks": self.publisher.bad_acks,
            "brief_connections": self.link.brief,
        }
        own = {"name": "buffer", "kind": "buffer", "detail": "", **facts}
        own["state"] = "trouble" if trouble or self.link.brief >= BRIEF_MANY else "ok"
        if self.link.brief >= BRIEF_MANY:
            own["detail"] = "connections do not last: another gateway may be running with this id"
        sources = [self._own_report(), own, *(source.report() for source in self.sources)]
        return [
            Status(
                agent=self._config.agent,
                epoch=counts.epoch,
                taken=counts.taken,
                buffered=buffer.rows_waiting if counts.current else 0,
                dropped=counts.dropped,
                clock_us=now_us(),
                version=program_version(),
                sources=sources if counts.current else [],
            )
            for counts in buffer.counts()
            if counts.current or position % _FORMER_EPOCHS_EVERY == 0
        ]

    def _own_report(self) -> dict[str, Any]:
        return own_report(self._config, self._started_at_us, now_us(), self.about())

    def _sources(self) -> list[Source]:
        configs = self._config.sources()
        starts = accumulate((len(config.tags) for config in configs), initial=0)
        made: list[Source] = []
        for number, (config, first) in enumerate(zip(configs, starts, strict=False)):
            client_id = f"{client_id_of(self._config.agent)}-{number}"
            if why := self._config.withheld.get(config.name):
                made.append(WithheldReader(config, why, self._changed.set))
                continue
            match config:
                case OpcUaSource():
                    from edge_agent.sources.opcua import opcua_reader

                    made.append(
                        opcua_reader(self._config, config, first, self.intake, self._changed.set)
                    )
                case JsonSource():
                    from edge_agent.sources.mqtt_json import JsonReader

                    made.append(
                        JsonReader(config, first, self.intake, self._changed.set, client_id)
                    )
                case SparkplugSource():
                    from edge_agent.sources.sparkplug import SparkplugReader

                    made.append(
                        SparkplugReader(config, first, self.intake, self._changed.set, client_id)
                    )
        return made

    def _link_changed(self) -> None:
        self.publisher.link_changed()
        if self.link.up and not self._was_up:
            self._changed.set()
        self._was_up = self.link.up

    async def _report(self, alive: Callable[[], None]) -> None:
        position = 0
        while True:
            alive()
            await self._publish_status(position)
            position += 1
            await asyncio.sleep(_CHANGE_SECONDS_MIN)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._config.status_seconds - _CHANGE_SECONDS_MIN):
                    await self._changed.wait()
            self._changed.clear()

    async def _publish_status(self, position: int = 0) -> None:
        # A link that passes nothing on is not filled with what will be out of date when it does.
        if self.link.up and self.link.waiting_seconds < STALLED_SECONDS:
            for status in await self.intake.call(self.status, position):
                self.link.publish(
                    status_topic(self._config.agent), encode_status(status, self._identity.key)
                )

    async def _last_words(self) -> None:
        """Write what has arrived, say how it stands, and let what is on its way leave."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS_MAX):
                await self.intake.settle()
                await self._publish_status()
                await self.link.flush(_STOP_SECONDS_MAX)
                await self.publisher.stop()


class _Tasks:
    """Tasks that end with the block."""

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[None]] = []

    def start(self, *works: Coroutine[Any, Any, None]) -> None:
        self.tasks.extend(asyncio.create_task(work) for work in works)

    async def cancel(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cancel()


def run_agent(config: EdgeConfig, alive: Callable[[], None] = lambda: None) -> None:
    """Run an agent in this process until SIGTERM or SIGINT.

    Raises:
        ForewarnError: the configuration or the buffer cannot be used.
    """
    asyncio.run(until_signalled(lambda stop: Agent(config).run(stop, alive)))


async def until_signalled(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run `work` with an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await work(stop)
