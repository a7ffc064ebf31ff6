"""From the sources to the disk: group commit in a thread of its own.

Readings that arrive while a commit runs go into the next one, so the disk's own speed makes the groups.
Whoever awaits `take` knows afterwards that the readings are on disk; an OPC UA notification is acknowledged
only then.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from edge_agent.buffer.file import is_damage
from edge_agent.buffer.opening import clear_away, open_with, put_aside
from edge_agent.buffer.salvage import Former
from edge_agent.buffer.store import Buffer, Identity, Policy
from edge_agent.config import BufferConfig, Frames
from edge_agent.found_readings import FoundReadings, Place, place_of
from edge_agent.group import Group, Span, advance
from kernel.errors import ForewarnError
from kernel.log import get_logger
from kernel.wire.found_tags import Row
from kernel.wire.messages import Schema, Tag
from kernel.wire.readings import Batch

RETRY_SECONDS = 1.0
# Commits begin no closer to each other: flash wears out by the write.
COMMIT_SECONDS = 0.01
# So that what is in no frame yet, and not compressed, has a small part of a small buffer: a tenth.
PENDING_BYTES = 440
# Between two portions of a former buffer: what arrives meanwhile goes first.
SALVAGE_SECONDS = 0.01
# What MQTT sources may have waiting in memory before they stop reading from their brokers.
OFFERED_MAX = 50_000
# As many as the platform takes of one gateway.
TAGS_MAX = 20_000

P = ParamSpec("P")
T = TypeVar("T")

_log = get_logger(__name__)


def now_us() -> int:
    """Return µs since 1970 by this machine's clock."""
    return time.time_ns() // 1000


class Intake:
    """The way into the buffer, and the only user of the buffer's thread.

    Attributes:
        buffer: the open buffer.
        last_ts: source time in µs of the last reading taken, per series.
        missed: spans that an earlier run did not deal with.
        restored_at_us: when the buffer was last found to be an old copy; 0 for never.
        trouble: why readings cannot be written at present; empty when they can.
        moved_aside: where a damaged buffer was put, for the status; empty when none was.
    """

    buffer: Buffer

    def __init__(
        self,
        *,
        config: BufferConfig,
        frames: Frames,
        identity: Identity,
        schema: Schema,
        outlet: Callable[[], tuple[str, bool]],
        on_frames: Callable[[int | None], None],
        on_new_buffer: Callable[[], None],
        may_find: Callable[[Tag], bool] = lambda _: False,
        priorities: Mapping[str, int] | None = None,
    ) -> None:
        """Prepare the way.

        Args:
            config: where the buffer is and how large it may be.
            frames: when frames are cut.
            identity: whose frames they are.
            schema: what series numbers mean.
            outlet: tells the lane of frames cut now, and whether they go out at once.
            on_frames: called when frames were cut; with an id, when behind it others turned up.
            on_new_buffer: called when a damaged buffer was replaced.
            may_find: tells whether a tag found at run time, before a restart, could still be found.
            priorities: of tags by name, for a full buffer.
        """
        self._config = config
        self._policy = Policy(config.bytes_max, config.when_full, priorities or {})
        self._frames = frames
        self._identity = identity
        self._schema = schema
        self._may_find = may_find
        self._tags = list(schema.tags)
        self._names = {tag.name for tag in schema.tags}
        self._numbers = {place_of(tag): number for number, tag in enumerate(schema.tags)}
        self._outlet = outlet
        self._on_frames = on_frames
        self._on_new_buffer = on_new_buffer
        self._thread = ThreadPoolExecutor(1, "buffer")
        self._group = Group()
        self._waiters: list[asyncio.Future[None]] = []
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._to_salvage = asyncio.Event()
        self._cut_at = 0.0
        self._committed_at = 0.0
        self.last_ts: dict[int, int] = {}
        self._found_ts: dict[Place, int] = {}
        self.missed: list[Span] = []
        self.restored_at_us = 0
        self.trouble = ""
        self.moved_aside = ""

    async def start(self) -> None:
        """Open the buffer.

        Raises:
            BufferInUse, BufferOfAnotherAgent, ConfigurationError: see `Buffer.open`.
        """
        await self._in_thread(self._open)
        self._to_salvage.set()
        for tag in await self.call(self.buffer.known_tags):
            if self._may_find(tag):
                self.number_of(tag)
        numbers = {tag.name: number for number, tag in enumerate(self._tags)}
        known = await self.call(self.buffer.known)
        self.restored_at_us = known.restored_at_us
        self.missed = [
            Span(numbers[span.tag], *span[1:]) for span in known.missed if span.tag in numbers
        ]
        positions = known.positions.items()
        self.last_ts = {numbers[name]: ts_us for name, ts_us in positions if name in numbers}

    def number_of(self, tag: Tag) -> int | None:
        """Return the series number of a tag, which joins the schema when it is new; None: there is no room.

        The extended schema is announced before anything is written that refers to it. Two tags never
        have one name, as no schema may.
        """
        number = self._numbers.get(place_of(tag))
        if number is None and len(self._tags) < TAGS_MAX and tag.name not in self._names:
            number = self._numbers[place_of(tag)] = len(self._tags)
            self._tags.append(tag)
            self._names.add(tag.name)
            if (ts_us := self._found_ts.pop(place_of(tag), None)) is not None:
                self.last_ts[number] = ts_us
        return number

    async def take(
        self, batch: Batch, *, missed: Sequence[Span] = (), settled: Sequence[Span] = ()
    ) -> None:
        """Take readings and gaps; returns when they are on disk.

        Args:
            batch: the readings.
            missed: spans to be remembered until they are settled, as they may be missing before these.
            settled: spans that these readings and gaps deal with.
        """
        self._group.missed += missed
        self._group.settled += settled
        if not (batch or missed or settled):
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(done)
        self.offer(batch)
        await done

    def offer(self, batch: Batch) -> bool:
        """Take readings and gaps without waiting for the disk; False when the caller should hold back."""
        self._group.batch.extend(batch)
        self._group.moved.update(advance(self.last_ts, batch))
        self._arrived.set()
        if len(self._group.batch) > OFFERED_MAX:
            self._room.clear()
        return self._room.is_set()

    def offer_found(self, tag: Tag, row: Row) -> bool:
        """Take a reading of a tag without a number; False when the caller should hold back.

        It goes to the disk as others do, and into a frame once `number_of` has numbered its tag.
        """
        place, ts_us = place_of(tag), row[0]
        known = place in self._found_ts or place in self._numbers
        room = known or len(self._tags) + len(self._found_ts) < TAGS_MAX
        if room and self._group.found.add(tag, row) and place not in self._numbers:
            self._found_ts[place] = max(ts_us, self._found_ts.get(place, ts_us))
        self._arrived.set()
        if len(self._group.found) > OFFERED_MAX:
            self._room.clear()
        return self._room.is_set()

    async def settle(self) -> None:
        """Wait until all that has arrived is on disk and in frames."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(done)
        self._arrived.set()
        await done
        await self._persist(Group())

    async def room(self) -> None:
        """Wait until there is room after `offer` asked to hold back."""
        await self._room.wait()

    async def call(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a verb of the buffer in the buffer's thread."""
        buffer = self.buffer
        try:
            result: T = await self._in_thread(lambda: work(*args, **kwargs))
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                await self._replace(buffer, error)
            raise
        return result

    async def run(self) -> None:
        """Commit what arrives, and save former buffers beside it, until cancelled."""
        salvaging = asyncio.create_task(self._salvage())
        try:
            await self._take_all()
        finally:
            salvaging.cancel()
            await asyncio.gather(salvaging, return_exceptions=True)

    async def _salvage(self) -> None:
        while True:
            await self._to_salvage.wait()
            try:
                while self.buffer.salvaging:
                    lowest = await self.call(self.buffer.salvage)
                    if lowest is not None:
                        self._on_frames(lowest - 1)
                    await asyncio.sleep(SALVAGE_SECONDS)
            except sqlite3.Error as error:
                _log.error("a former buffer cannot be saved at present", error=str(error))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._to_salvage.clear()

    async def _take_all(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._seconds_to_cut()):
                    await self._arrived.wait()
            except TimeoutError:
                await self._persist(Group())
                continue
            await asyncio.sleep(self._committed_at + COMMIT_SECONDS - time.monotonic())
            self._committed_at = time.monotonic()
            self._arrived.clear()
            group, waiters = self._group, self._waiters
            self._group, self._waiters = Group(), []
            group.number_found(self._numbers)
            await self._persist(group)
            self._room.set()
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    async def close(self) -> None:
        """Write what has arrived and close the file."""
        self._group.number_found(self._numbers)
        if self._group or self._group.found:
            await self._commit(self._group)
            self._group = Group()
        await self._in_thread(self.buffer.close)
        self._thread.shutdown()

    async def _persist(self, group: Group) -> None:
        """Write until it is written: what has been read from a device is not thrown away for a full disk."""
        while True:
            buffer = self.buffer
            try:
                await self._commit(group)
            except sqlite3.Error as error:
                if isinstance(error, sqlite3.DatabaseError) and is_damage(error):
                    await self._replace(buffer, error)
                    continue
                if not self.trouble:
                    _log.error("the buffer cannot be written", error=str(error))
                self.trouble = str(error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                if self.trouble:
                    _log.info("the buffer can be written again")
                self.trouble = ""
                return

    async def _commit(self, group: Group) -> None:
        if self.buffer.disk.is_gone():
            await self._replace_deleted()
        if found := group.found:
            await self._in_thread(
                lambda: self.buffer.append(
                    found.batch, found.positions(), "live", cut=False, sent=False, found=found.tags
                )
            )
            # Should what follows fail and be tried again, these are on disk.
            group.found = FoundReadings()
        if len(self._tags) > len(self._schema.tags):
            schema = Schema(self._schema.agent, tuple(self._tags))
            await self._in_thread(lambda: self.buffer.announce(schema))
            self._schema = schema
        lane, at_once = self._outlet()
        due = time.monotonic() >= self._cut_at + self._frames.age_seconds(lane)
        if not group:
            cut = due or not found
            if cut:
                await self._in_thread(lambda: self.buffer.cut(lane, sent=at_once))
        else:
            rows = min(self._frames.rows(lane), self._config.bytes_max // PENDING_BYTES)
            cut = due or self.buffer.rows_pending + len(group.batch) >= rows
            positions, missed, settled = group.named(self._tags)
            await self._in_thread(
                lambda: self.buffer.append(
                    group.batch, positions, lane,
                    cut=cut, sent=at_once, missed=missed, settled=settled,
                )
            )  # fmt: skip
        if cut:
            self._cut_at = time.monotonic()
            self._on_frames(None)

    def _seconds_to_cut(self) -> float | None:
        if not self.buffer.pending:
            return None
        lane, _ = self._outlet()
        # Declarations alone may stay a while: not at once again.
        age = self._frames.age_seconds(lane) if self.buffer.rows_pending else RETRY_SECONDS
        return max(0.0, self._cut_at + age - time.monotonic())

    def _open(self) -> None:
        self._begin(Buffer.open(self._config.path, self._identity, self._policy, now_us))

    def _begin(self, buffer: Buffer) -> None:
        buffer.announce(self._schema)
        self.buffer = buffer
        if buffer.moved_aside is not None:
            self.moved_aside = str(buffer.moved_aside)

    async def _replace(self, buffer: Buffer, error: sqlite3.DatabaseError) -> None:
        """Put a damaged file aside and go on with a new one, in a new epoch."""

        def aside() -> Former:
            buffer.close()
            return put_aside(self._config.path, now_us(), str(error))

        await self._until_open(buffer, "damaged", aside)

    async def _replace_deleted(self) -> None:
        """Go on with a new file when the one in use was deleted: what is written to it would be lost."""
        buffer = self.buffer

        def aside() -> Former:
            clear_away(self._config.path, now_us())
            # Whoever has it open can still read it.
            return Former(None, buffer.connection)

        await self._until_open(buffer, "deleted", aside)

    async def _until_open(
        self, buffer: Buffer, reason: str, put_former_aside: Callable[[], Former]
    ) -> None:
        """Begin with a new file after `buffer`, however long there is no room for one."""
        path, agent, size = self._config.path, self._identity.agent, self._config.bytes_max
        formers: list[Former] = []

        def begin() -> None:
            if self.buffer is not buffer:
                return  # somebody else noticed as well
            if not formers:
                formers.append(put_former_aside())
            opened = open_with(path, agent, size, reason, formers[0])
            try:
                self._begin(Buffer(opened, self._identity, self._policy, now_us))
            except BaseException:
                opened.connection.close()
                raise

        while True:
            try:
                await self._in_thread(begin)
            except (ForewarnError, OSError, sqlite3.Error) as error:
                if not self.trouble:
                    _log.error("no new buffer can be made", error=str(error))
                self.trouble = str(error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self.trouble = ""
                self._to_salvage.set()
                self._on_new_buffer()
                return

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
