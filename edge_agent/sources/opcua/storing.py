"""Notifications on their way to the disk: while one group is written, the next one gathers."""

import asyncio
from collections.abc import Sequence

from edge_agent.sources.opcua.publishing import Publishing
from edge_agent.sources.opcua.recovery import Recovery
from edge_agent.sources.opcua.taking import Missed
from kernel.wire.readings import Batch


class Storing:
    """The way from a session's notifications to the disk; they are acknowledged at its end.

    Attributes:
        held: responses that were read and are not on disk yet.
    """

    def __init__(self, recovery: Recovery, publishing: Publishing) -> None:
        self._recovery = recovery
        self._publishing = publishing
        self._batch = Batch()
        self._missed: list[Missed] = []
        self._acks: list[tuple[int, int]] = []
        self._responses = 0
        self._writing: asyncio.Task[None] | None = None
        self.held = 0

    def add(self, batch: Batch, missed: Sequence[Missed]) -> None:
        """Take readings, and what is known to be missing beside them."""
        self._batch.extend(batch)
        self._missed += missed

    def acknowledge(self, subscription: int, sequence: int) -> None:
        """Acknowledge a notification when all that was added so far is on disk."""
        self._acks.append((subscription, sequence))

    def responded(self) -> None:
        """Count a response whose readings have been added."""
        self._responses += 1
        self.held += 1

    def begin(self) -> None:
        """Write what has gathered, unless a group is still being written."""
        if self._writing is not None and self._writing.done():
            self._writing.result()
            self._writing = None
        if self._writing is None and (self._responses or self._acks or self._batch):
            self._writing = asyncio.create_task(self._write())

    async def finish(self) -> None:
        """Write all there is; returns when it is on disk."""
        while True:
            self.begin()
            if self._writing is None:
                return
            await asyncio.shield(self._writing)

    async def _write(self) -> None:
        batch, missed, acks, responses = self._batch, self._missed, self._acks, self._responses
        self._batch, self._missed, self._acks, self._responses = Batch(), [], [], 0
        await self._recovery.take(batch, missed)
        self.held -= responses
        for subscription, sequence in acks:
            self._publishing.taken(subscription, sequence)
        self._publishing.wake()
