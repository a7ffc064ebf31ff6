"""The time, in one place, so that tests and replays can set it.

All times are aware and in UTC. `rules` modules take times as arguments and never read a clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that tells the time."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.now(UTC)


class FakeClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware time")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move the clock forwards by `by`."""
        self._at += by


_current: ContextVar[Clock] = ContextVar("clock", default=SystemClock())  # noqa: B039 - stateless


def utc_now() -> datetime:
    """Return the time by the clock in force."""
    return _current.get().now()


@contextmanager
def use_clock(clock: Clock) -> Iterator[None]:
    """Put `clock` in force inside the `with` block."""
    token = _current.set(clock)
    try:
        yield
    finally:
        _current.reset(token)
