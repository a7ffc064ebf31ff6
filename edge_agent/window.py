"""Which frames are on their way: bounded, due again with back-off until acknowledged. No I/O, no clock."""

from dataclasses import dataclass
from uuid import UUID

from edge_agent.buffer.frames import StoredFrame

RESEND_SECONDS = 3.0
RESEND_SECONDS_MAX = 30.0
# A link that needs longer for a message is slow.
DELAY_SECONDS_MAX = 0.5
PACE_SECONDS = 0.1


@dataclass
class Flight:
    """A frame sent and not yet acknowledged."""

    frame_id: int
    schema_hash: bytes
    size: int
    due_at: float
    attempts: int = 1


class Window:
    """Frames of one lane in flight; times are of one monotonic clock, in seconds."""

    def __init__(self, frames_max: int, bytes_max: int) -> None:
        self._frames_max = self._frames_most = frames_max
        self._paced_at = 0.0
        self._bytes_max = bytes_max
        self._flights: dict[tuple[UUID, int], Flight] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._flights)

    @property
    def room(self) -> int:
        """How many more frames may be sent."""
        return 0 if self._bytes >= self._bytes_max else self._frames_max - len(self._flights)

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
        return max(0, self._bytes_max - self._bytes)

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
            flight.due_at = now + min(wait, RESEND_SECONDS_MAX)

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
            self._bytes -= self._flights.pop(key).size
        return len(keys)

    def flights(self) -> list[tuple[UUID, int, Flight]]:
        """Return all that is in flight, in the order of the first sending."""
        return [(epoch, seq, flight) for (epoch, seq), flight in self._flights.items()]

    def due(self, now: float) -> list[tuple[UUID, int, Flight]]:
        """Return what should be sent again."""
        return [item for item in self.flights() if item[2].due_at <= now]

    def retry(self, epoch: UUID, seq: int, at: float) -> None:
        """Let one frame be sent again at a time."""
        flight = self._flights.get((epoch, seq))
        if flight is not None:
            flight.due_at = at

    def retry_all(self, at: float) -> None:
        """Let every frame be sent again, with the shortest wait afterwards."""
        for flight in self._flights.values():
            flight.due_at = at
            flight.attempts = 1

    def next_due(self) -> float | None:
        """Return when the next frame is due."""
        return min((flight.due_at for flight in self._flights.values()), default=None)

    def clear(self) -> None:
        """Forget everything: the buffer is another one."""
        self._flights.clear()
        self._bytes = 0
