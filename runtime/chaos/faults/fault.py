"""What a fault is, and what has to be seen of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from kernel.errors import ForewarnError
from runtime.chaos.site import Site


class NotSeen(ForewarnError):
    """A fault did not act, so surviving it proves nothing."""

    code = "fault_not_seen"


@dataclass
class Span:
    """When a fault was, by `time.monotonic`, and what was seen of it.

    Attributes:
        seen: what shows that it acted, for people.
    """

    began_at: float = field(default_factory=time.monotonic)
    ended_at: float = 0.0
    seen: str = ""

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return max(0.0, self.ended_at - self.began_at)

    def end(self) -> None:
        """Note that it is over now."""
        self.ended_at = time.monotonic()


# Does a fault to a target of a site, with chance from the seed.
Act: TypeAlias = Callable[[Site, str, Random], Span]


@contextmanager
def lasting(seconds: float, end: Callable[[], None]) -> Iterator[Span]:
    """Let the fault begun in the block last so long, and end it whatever happens."""
    span = Span()
    try:
        yield span
        time.sleep(max(0.0, span.began_at + seconds - time.monotonic()))
    finally:
        end()
        span.end()


def require(seen: object, what: str) -> None:
    """Make sure of what shows that a fault acted.

    Raises:
        NotSeen: it does not show.
    """
    if not seen:
        raise NotSeen(what)
