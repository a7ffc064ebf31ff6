"""From the disk to the platform: frames go out in two lanes and are deleted on a signed acknowledgement.

The live lane always goes first; the backlog lane holds what was cut during an outage. Nothing here is the
only holder of a reading: a frame leaves the disk when the platform says `stored`, and not before.
"""

import asyncio
import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from uuid import UUID

from edge_agent.announcing import Announcing
from edge_agent.buffer.store import Identity, StoredFrame
from edge_agent.intake import RETRY_SECONDS, Intake
from edge_agent.window import PACE_SECONDS, RESEND_SECONDS, Window
from kernel.log import get_logger
from kernel.wire.errors import WireError
from kernel.wire.frames import LANES, ack_topic, frame_topic, schema_topic
from kernel.wire.messages import Ack, Schema, decode_ack, encode_schema
from kernel.wire.mqtt import Message, MqttLink

LIVE_FRAMES_MAX = 64
BACKLOG_FRAMES_MAX = 16
BYTES_MAX = 8 * 1024 * 1024
# A link on which a message waits longer for the broker's acknowledgement passes nothing on.
STALLED_SECONDS = 2.0
# Slots of the broker's receive maximum left for schema and status.
RESERVED_SLOTS = 3

_DELETE_SECONDS = 0.2
_AFTER_SCHEMA_SECONDS = 0.2
_IDLE_SECONDS = 1.0
_PAUSE_SECONDS = 0.02
_ANSWERS_MAX = 1000
_TELL_SECONDS = 60.0

_log = get_logger(__name__)


class Publisher:
    """Sends the buffer's frames over a link.

    Attributes:
        acked: frames the platform acknowledged since the start.
        bad_acks: answers that could not be verified or read.
    """

    link: MqttLink
    intake: Intake

    def __init__(self, identity: Identity, outage_seconds: float) -> None:
        self._agent: Final = identity.agent
        self._identity: Final = identity
        self._outage_seconds = outage_seconds
        self._windows = {
            "live": Window(LIVE_FRAMES_MAX, BYTES_MAX),
            "backlog": Window(BACKLOG_FRAMES_MAX, BYTES_MAX),
        }
        self._cursor = dict.fromkeys(LANES, 0)
        self._more = dict.fromkeys(LANES, True)
        # Where to look again for frames, by lane, from the next step on.
        self._back: dict[str, int] = {}
        self._buffers = 0
        self._announcing = Announcing()
        self._wake = asyncio.Event()
        self._was_up = False
        self._well_at = self._settled_at = time.monotonic()
        self._acked: list[tuple[UUID, str, int, int]] = []
        self._deleted_at = 0.0
        self._answers: list[Ack] = []
        self.acked = 0
        self.bad_acks = 0
        self._told_at = -_TELL_SECONDS

    @property
    def trouble(self) -> str:
        """What holds frames up though there is a connection; empty when nothing does."""
        return self._announcing.trouble()

    def outlet(self) -> tuple[str, bool]:
        """Return the lane of frames cut now, and whether such a frame goes out at once."""
        now = time.monotonic()
        live = self._windows["live"]
        if self.link.up and not live:
            self._well_at = now
        if now - self._well_at > self._outage_seconds:
            return "backlog", False
        return "live", self.link.up and live.room > 0

    def frames_cut(self, after: int | None = None) -> None:
        """Note that there are new frames; with an id, that behind it there are others than before."""
        if after is not None:
            self._look_again(dict.fromkeys(LANES, after))
        self._more = dict.fromkeys(LANES, True)
        self._wake.set()

    def new_buffer(self) -> None:
        """Note that the buffer is another one."""
        for window in self._windows.values():
            window.clear()
        self._cursor = dict.fromkeys(LANES, 0)
        self._back.clear()
        self._buffers += 1
        self._acked.clear()
        self._announcing.clear()
        self.frames_cut()

    def link_changed(self) -> None:
        """Note that the link came up, went down or has room again."""
        self._wake.set()

    def arrived(self, message: Message) -> None:
        """Take an answer of the platform."""
        try:
            ack = decode_ack(message.payload, self._identity.keys_of)
        except WireError as error:
            self.bad_acks += 1
            now = time.monotonic()
            if now >= self._told_at + _TELL_SECONDS:
                self._told_at = now
                _log.warning("an acknowledgement was not accepted", code=error.code,
                             reason=error.detail, so_far=self.bad_acks)  # fmt: skip
            return
        now = time.monotonic()
        self._well_at = now
        window = self._windows[ack.lane]
        # What is not on its way is old or a stranger's; when it is sent again, it is answered again.
        about = [(first, last) for first, last in ack.seqs if window.has(ack.epoch, first, last)]
        if not about:
            return
        if ack.verdict == "stored":
            for schema_hash in self._announcing.aside & window.schemas(ack.epoch, about):
                self._look_again(self._announcing.accepted(schema_hash))
            self.acked += sum(window.settled(ack.epoch, first, last) for first, last in about)
            self._acked.extend((ack.epoch, ack.lane, first, last) for first, last in about)
            # The platform answers after a silence: what waits for a late retry goes out now.
            if now > self._settled_at + RESEND_SECONDS:
                for each in self._windows.values():
                    each.retry_all(now)
            self._settled_at = now
        elif len(self._answers) < _ANSWERS_MAX:
            self._answers.append(ack)
        self._wake.set()

    async def run(self) -> None:
        """Send, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_to_wait()):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._step()
            except (
                sqlite3.Error
            ) as error:  # a full or failing disk; the intake says so and goes on trying
                _log.error("the buffer could not be used for sending", error=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def stop(self) -> None:
        """Delete what is acknowledged, as a last deed."""
        await self._delete_acked(at_once=True)

    async def _step(self) -> None:
        await self._delete_acked(at_once=bool(self._back))
        await self._act_on_answers()
        for lane, after in self._back.items():
            self._cursor[lane] = min(after, self._cursor[lane])
        self._back.clear()
        if self.link.up and not self._was_up:
            self._begin_connection()
        self._was_up = self.link.up
        if self.link.up:
            await self._announce()
            await self._send_again()
            self._windows["backlog"].pace(
                max(self.link.delay_seconds, self.link.waiting_seconds), time.monotonic()
            )
            await self._send_new("live")
            await self._send_new("backlog")

    def _look_again(self, after: Mapping[str, int]) -> None:
        """Look for frames to send behind these ids once more; those in flight are passed over."""
        for lane, frame_id in after.items():
            self._back[lane] = min(frame_id, self._back.get(lane, frame_id))
        self.frames_cut()

    def _begin_connection(self) -> None:
        """Send all that was in flight once more, after the schemas; what is behind now may know none."""
        now = time.monotonic()
        self._announcing.connected(now)
        self._windows["backlog"].begin_small()
        for window in self._windows.values():
            window.retry_all(now)
        self._more = dict.fromkeys(LANES, True)

    async def _announce(self) -> None:
        """Announce the schema in use when it is new, and those that are not accepted when it is time."""
        now = time.monotonic()
        current = self.intake.buffer.schema
        if current is not None and not self._announcing.was_said(current.hash):
            self._say(current)
            self._announcing.said(current.hash, now)
        for schema_hash in self._announcing.due(now):
            schema = await self.intake.call(self.intake.buffer.schema_of, schema_hash)
            if schema is not None:
                self._say(schema)
            self._announcing.said(schema_hash, now, lost=schema is None)
            probes = [window.probe(schema_hash, now + _AFTER_SCHEMA_SECONDS)
                      for window in self._windows.values()]  # fmt: skip
            if not any(probes):
                # The frame that was to tell has gone: they are all sent, and another one tells.
                self._look_again(self._announcing.accepted(schema_hash))

    def _say(self, schema: Schema) -> None:
        self.link.publish(schema_topic(self._agent), encode_schema(schema, self._identity.key))

    async def _send_new(self, lane: str) -> None:
        window = self._windows[lane]
        while self._more[lane] and self.link.up and not self._live_first(lane):
            room = min(window.room, self.link.room - RESERVED_SLOTS)
            if room <= 0:
                return
            self._more[lane] = False
            buffers, aside = self._buffers, self._announcing.aside
            frames, up_to = await self.intake.call(
                self._next, lane, self._cursor[lane], room, aside, window.ids()
            )
            if buffers != self._buffers:
                return  # ids of another file
            self._cursor[lane] = max(up_to, self._cursor[lane])
            for frame in frames:
                if not self._send(frame):
                    break
                self._cursor[lane] = frame.id
                window.sent(frame, time.monotonic())
            self._more[lane] = self._more[lane] or bool(frames)

    def _next(
        self, lane: str, after: int, room: int, aside: frozenset[bytes], flying: set[int]
    ) -> tuple[list[StoredFrame], int]:
        """Return frames to send, and where there are none up to which id; in the buffer's thread."""
        buffer, size = self.intake.buffer, self._windows[lane].bytes_room
        newest = buffer.newest_id() if aside else 0
        frames = buffer.fetch(lane, after, room, size, aside=aside, flying=flying)
        return frames, 0 if frames else newest

    def _live_first(self, lane: str) -> bool:
        """Tell whether live frames were cut while a backlog is being sent."""
        if lane == "live" or not self._more["live"] or self._windows["live"].room <= 0:
            return False
        self._wake.set()
        return True

    async def _send_again(self) -> None:
        now = time.monotonic()
        if self.link.waiting_seconds > STALLED_SECONDS:
            return  # what was sent before has not left yet: more of the same would only fill memory
        for window in self._windows.values():
            for epoch, seq, flight in window.due(now):
                if self.link.room <= RESERVED_SLOTS:
                    return
                frame = await self.intake.call(self.intake.buffer.frame, flight.frame_id)
                if frame is None:
                    window.settled(epoch, seq, seq)
                elif self._send(frame):
                    window.sent_again(epoch, seq, now)

    def _send(self, frame: StoredFrame) -> bool:
        lane = frame.lane.encode()
        return self.link.publish(
            frame_topic(self._agent),
            frame.data,
            response_topic=ack_topic(self._agent),
            correlation=frame.epoch.bytes + lane[:1] + frame.seq.to_bytes(8, "little"),
        )

    async def _act_on_answers(self) -> None:
        while self._answers:
            ack = self._answers[0]
            if ack.verdict == "need_schema":
                self._put_aside(ack)
            window = self._windows[ack.lane]
            for first, last in ack.seqs:
                if not window.has(ack.epoch, first, last):
                    continue  # answered twice
                if ack.verdict == "new_epoch":
                    moved = await self.intake.call(
                        self.intake.buffer.renew, ack.epoch, ack.lane, first, last
                    )
                    _log.warning("frames were numbered anew", frames=moved, reason=ack.detail)
                elif ack.verdict == "refused":
                    count = await self.intake.call(
                        self.intake.buffer.set_aside, ack.epoch, ack.lane, first, last, ack.detail
                    )
                    _log.error("the platform refused frames", frames=count, reason=ack.detail)
                if ack.verdict != "need_schema":
                    window.settled(ack.epoch, first, last)
            self._answers.pop(0)
            self.frames_cut()

    def _put_aside(self, ack: Ack) -> None:
        """Let frames the platform could not read wait for their schema; one of each is its probe."""
        now, window = time.monotonic(), self._windows[ack.lane]
        for epoch, seq, flight in window.flights():
            if epoch != ack.epoch or not any(first <= seq <= last for first, last in ack.seqs):
                continue
            after = {**self._cursor, ack.lane: min(self._cursor[ack.lane], flight.frame_id - 1)}
            self._announcing.asked(flight.schema_hash, after, ack.detail, now)
            if flight.aside:
                continue
            if any(each.has_probe(flight.schema_hash) for each in self._windows.values()):
                window.settled(epoch, seq, seq)
            else:
                window.put_aside(epoch, seq)

    async def _delete_acked(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if self._acked and (at_once or now >= self._deleted_at + _DELETE_SECONDS):
            self._deleted_at = now
            acked = list(self._acked)
            await self.intake.call(self.intake.buffer.delete, _joined(acked))
            del self._acked[: len(acked)]

    def _seconds_to_wait(self) -> float:
        now = time.monotonic()
        times = [now + _IDLE_SECONDS]
        if self._more["backlog"]:
            times.append(now + PACE_SECONDS)
        if self._acked:
            times.append(self._deleted_at + _DELETE_SECONDS)
        if self.link.up:
            times.extend(
                due for window in self._windows.values() if (due := window.next_due()) is not None
            )
            if (due := self._announcing.next_due()) is not None:
                times.append(due)
        # Not at once: what is due may have to wait for room, and that wakes this up.
        return max(_PAUSE_SECONDS, min(times) - now)


def _joined(ranges: list[tuple[UUID, str, int, int]]) -> list[tuple[UUID, str, int, int]]:
    """Return the ranges with neighbours joined, so that one statement deletes many frames."""
    joined: list[tuple[UUID, str, int, int]] = []
    for epoch, lane, first, last in sorted(ranges):
        if joined and joined[-1][:2] == (epoch, lane) and first <= joined[-1][3] + 1:
            joined[-1] = (epoch, lane, joined[-1][2], max(last, joined[-1][3]))
        else:
            joined.append((epoch, lane, first, last))
    return joined
