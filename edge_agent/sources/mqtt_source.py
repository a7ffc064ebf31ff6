"""What the sources at an MQTT broker have in common: one connection, held back when the disk is behind."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from edge_agent.config import MqttSource as Config
from edge_agent.intake import Intake, now_us
from edge_agent.sources.source import Health
from kernel.wire.found_tags import FoundTags, Row
from kernel.wire.messages import Tag
from kernel.wire.mqtt import Message, MqttLink, Will
from kernel.wire.readings import Batch, Gap


class MqttReader(ABC):
    """A source that reads from a broker until cancelled."""

    def __init__(
        self, config: Config, intake: Intake, *, kind: str,
        on_change: Callable[[], None], client_id: str,
        subscriptions: Sequence[str], will: Callable[[], Will] | None = None,
    ) -> None:  # fmt: skip
        self._intake = intake
        self._health = Health(config.name, kind, len(config.tags), on_change)
        self._found = FoundTags(intake.number_of, config.found_tags_max, self._hand_on)
        self._gaps = 0
        self._resuming: asyncio.Task[None] | None = None
        self._settling: asyncio.TimerHandle | None = None
        self._link = MqttLink(
            config.address(),
            client_id,
            subscriptions=subscriptions,
            on_message=self._arrived,
            on_change=self._link_changed,
            will=will,
        )

    def report(self) -> dict[str, Any]:
        """Return how it is."""
        return self._health.report(found_tags=len(self._found), gaps_count=self._gaps)

    async def run(self) -> None:
        """Read until cancelled."""
        try:
            await self._link.run()
        finally:
            self._settle()

    @abstractmethod
    def _arrived(self, message: Message) -> None:
        """Take a message."""

    @abstractmethod
    def _connected(self) -> None:
        """Do what a new connection needs."""

    @abstractmethod
    def _disconnected(self) -> None:
        """Forget what does not outlive a connection."""

    def _link_changed(self) -> None:
        was_connected = self._health.state == "connected"
        if self._link.up:
            if self._health.become("connected"):
                self._connected()
        else:
            self._health.become("lost", "unreachable", self._link.detail)
            if was_connected:
                self._disconnected()

    def _add_gap(
        self, batch: Batch, numbers: Iterable[int], start_us: int, end_us: int, reason: str
    ) -> None:
        """Put down that readings of these series may be missing between two times."""
        first = last = -1
        self._gaps += 1
        for number in sorted(numbers):
            if number != last + 1 or first < 0:
                if first >= 0:
                    batch.add_gap(Gap(first, last, start_us, end_us, reason))
                first = number
            last = number
        if first >= 0:
            batch.add_gap(Gap(first, last, start_us, end_us, reason))

    def _add_found(self, batch: Batch, tag: Tag, row: Row) -> None:
        """Take a reading of a tag that a pattern found."""
        number = self._found.number_of(tag)
        if number is not None:
            ts_us, taken_us, value, quality, odd = row
            batch.add(number, ts_us, 0, taken_us, value, quality, odd)
        elif not self._found.wait(tag, row, now_us()):
            self._health.oddities["too_many_tags"] += 1

    def _hand_on(self, tag: Tag, row: Row) -> None:
        """Have a reading written whose tag has no number yet."""
        self._health.values += 1
        if not self._intake.offer_found(tag, row):
            self._hold_back()

    def _settle(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None
        if self._found.wait_us:
            self._found.settle()
            # What waits on disk can go now.
            self._intake.offer(Batch())

    def _offer(self, batch: Batch) -> None:
        """Hand readings on; when the disk is behind, stop reading until it is not."""
        if self._found.due(now_us()):
            self._settle()
        if self._found.wait_us and self._settling is None:
            seconds = self._found.wait_us / 1e6
            self._settling = asyncio.get_running_loop().call_later(seconds, self._settle)
        self._health.values += len(batch)
        if batch and not self._intake.offer(batch):
            self._hold_back()

    def _hold_back(self) -> None:
        if self._resuming is None:
            self._link.pause()
            self._resuming = asyncio.get_running_loop().create_task(self._resume())

    async def _resume(self) -> None:
        await self._intake.room()
        self._resuming = None
        self._link.resume()
