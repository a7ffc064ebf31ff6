"""Which frames are on their way: bounded, due again with back-off until acknowledged. No I/O, no clock."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from edge_agent.buffer.frames import StoredFrame

RESEND_SECONDS = 3.0
RESEND_SECONDS_MAX = 30.0
# A link that needs longer for a message is slow.
DELAY_SECONDS_MAX = 0.5
PACE_SECONDS = 0.1
# A frame that counts as one; larger ones leave less room for others.
FRAME_BYTES = 40_000


@dataclass
class Flight:
    """A frame sent and not yet acknowledged.

    Attributes:
        aside: it waits for its schema to be accepted, and takes no room from others.
    """

    frame_id: int
    schema_hash: bytes
    size: int
    due_at: float
    attempts: int = 1
    aside: bool = False


class Window:
    """Frames of one lane in flight; times are of one monotonic clock, in seconds."""

    def __init__(self, frames_max: int, bytes_max: int) -> None:
        self._frames_max = self._frames_most = frames_max
        self._paced_at = 0.0
        self._bytes_max = bytes_max
        self._flights: dict[tuple[UUID, int], Flight] = {}
        self._bytes = 0
        self._aside = 0

    def __len__(self) -> int:
        """How many frames are on their way that should be answered soon."""
        return len(self._flights) - self._aside

    @property
    def room(self) -> int:
        """How many more frames may be sent."""
        return 0 if self._bytes >= self._limit else self._frames_max - len(self)

    def pace(self, delay: float, now: float) -> None:
        """Send less at once while the link holds messages up, and more again when it does not.

        What is sent waits in line before what comes later; live readings must not wait behind a backlog.

        Args:
            delay: how long the broker takes to acknowledge a message, in seconds.
            now: the time.
        """
        if delay > DELAY_SECONDS_MAX:
            if now > self._paced_at + delay:
                self._frames_max, self._paced_at = max(1, self._frames_max // 2), now
        elif now > self._paced_at + max(PACE_SECONDS, delay):
            self._frames_max, self._paced_at = min(self._frames_most, self._frames_max + 1), now

    def begin_small(self) -> None:
        """Send one frame at first: nobody knows how quick the link is."""
        self._frames_max = 1

    @property
    def bytes_room(self) -> int:
        """How many more bytes may be sent."""
        return max(0, self._limit - self._bytes)

    @property
    def _limit(self) -> int:
        # Few frames on a slow link are also to be few bytes: but for one, however large it is.
        return min(self._bytes_max, self._frames_max * FRAME_BYTES)

    def sent(self, frame: StoredFrame, now: float) -> None:
        """Note that a frame was sent for the first time."""
        size = len(frame.data)
        self._flights[frame.epoch, frame.seq] = Flight(
            frame.id, frame.schema_hash, size, now + RESEND_SECONDS
        )
        self._bytes += size

    def sent_again(self, epoch: UUID, seq: int, now: float) -> None:
        """Note that a frame was sent again; each time the wait doubles."""
        flight = self._flights.get((epoch, seq))
        if flight is not None:
            flight.attempts += 1
            # More doublings than these only overflow.
            wait = RESEND_SECONDS * 2.0 ** min(flight.attempts - 1, 10)
            flight.due_at = math.inf if flight.aside else now + min(wait, RESEND_SECONDS_MAX)

    def has(self, epoch: UUID, first: int, last: int) -> bool:
        """Tell whether any of these is in flight."""
        if last - first < len(self._flights):
            return any((epoch, seq) in self._flights for seq in range(first, last + 1))
        return any(key[0] == epoch and first <= key[1] <= last for key in self._flights)

    def settled(self, epoch: UUID, first: int, last: int) -> int:
        """Forget frames that need no more sending; returns how many there were."""
        if last - first < len(self._flights):
            keys = [(epoch, seq) for seq in range(first, last + 1) if (epoch, seq) in self._flights]
        else:
            keys = [key for key in self._flights if key[0] == epoch and first <= key[1] <= last]
        for key in keys:
            self._leave(self._flights.pop(key))
        return len(keys)

    def put_aside(self, epoch: UUID, seq: int) -> None:
        """Let a frame wait for its schema: it is due when `retry` says so, and takes no room."""
        flight = self._flights[epoch, seq]
        self._leave(flight)
        flight.aside, flight.due_at = True, math.inf
        self._aside += 1

    def has_probe(self, schema_hash: bytes) -> bool:
        """Tell whether a frame of a schema is on its way that waits for it to be accepted."""
        return any(f.aside and f.schema_hash == schema_hash for f in self._flights.values())

    def probe(self, schema_hash: bytes, at: float) -> bool:
        """Let the frame that waits for a schema be sent again at a time; returns whether there is one."""
        probes = [f for f in self._flights.values() if f.aside and f.schema_hash == schema_hash]
        for flight in probes:
            flight.due_at = at
        return bool(probes)

    def schemas(self, epoch: UUID, ranges: Sequence[tuple[int, int]]) -> set[bytes]:
        """Return the schemas of the frames on their way that have these numbers."""
        return {
            flight.schema_hash
            for (of, seq), flight in self._flights.items()
            if of == epoch and any(first <= seq <= last for first, last in ranges)
        }

    def ids(self) -> set[int]:
        """Return the ids of the frames on their way."""
        return {flight.frame_id for flight in self._flights.values()}

    def flights(self) -> list[tuple[UUID, int, Flight]]:
        """Return all that is in flight, in the order of the first sending."""
        return [(epoch, seq, flight) for (epoch, seq), flight in self._flights.items()]

    def due(self, now: float) -> list[tuple[UUID, int, Flight]]:
        """Return what should be sent again."""
        return [item for item in self.flights() if item[2].due_at <= now]

    def retry_all(self, at: float) -> None:
        """Let every frame be sent again, with the shortest wait afterwards, but those that are aside."""
        for flight in self._flights.values():
            flight.attempts = 1
            if not flight.aside:
                flight.due_at = at

    def next_due(self) -> float | None:
        """Return when the next frame is due."""
        return min((flight.due_at for flight in self._flights.values()), default=None)

    def clear(self) -> None:
        """Forget everything: the buffer is another one."""
        self._flights.clear()
        self._bytes = self._aside = 0

    def _leave(self, flight: Flight) -> None:
        """Give back the room that a frame has."""
        if flight.aside:
            self._aside -= 1
        else:
            self._bytes -= flight.size
