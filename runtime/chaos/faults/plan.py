"""Which fault each cycle gets, by the seed alone.

Every kind comes once before one comes again, and so does every target of a kind: a short run is a fair
sample and a long one has them all. The plan of a cycle does not depend on how many cycles there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Final

from kernel.errors import InvalidInput
from runtime.chaos.faults import broker, edge, links, processes
from runtime.chaos.faults.fault import Act
from runtime.chaos.site import LINKS


@dataclass(frozen=True)
class Kind:
    """A kind of fault and what it can be done to."""

    act: Act
    targets: tuple[str, ...]


KINDS: Final = {
    "kill": Kind(processes.kill, tuple(processes.PROCESSES)),
    "stop": Kind(processes.stop, tuple(processes.PROCESSES)),
    "stall": Kind(links.stall, LINKS),
    "reset": Kind(links.reset, LINKS),
    "half_open": Kind(links.half_open, LINKS),
    "delay": Kind(links.delay, LINKS),
    "bandwidth": Kind(links.narrow, LINKS),
    "disk_full": Kind(edge.full_disk, ("agent",)),
    "clock_jump": Kind(edge.clock_jump, ("+1h", "-1h")),
    "old_buffer": Kind(edge.old_buffer, ("agent",)),
    "duplicate_frames": Kind(broker.duplicate, ("broker",)),
    "reordered_frames": Kind(broker.reorder, ("broker",)),
    "forged_frames": Kind(broker.forge, ("broker",)),
    "queue_loss": Kind(broker.forget, ("broker",)),
}


@dataclass(frozen=True)
class Planned:
    """The fault of one cycle; `chance` decides what else is left to it."""

    kind: str
    target: str
    chance: Random


def plan(seed: int, cycle: int, kinds: Sequence[str] = ()) -> Planned:
    """Return the fault of a cycle, counted from 1; of some kinds only, or of all.

    Raises:
        InvalidInput: there is no such kind.
    """
    if unknown := set(kinds) - set(KINDS):
        raise InvalidInput(f"no fault {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    kind, target = next(islice(_sequence(seed, kinds or tuple(KINDS)), cycle - 1, None))
    return Planned(kind, target, Random(f"{seed}/{cycle}"))  # noqa: S311 - chance to be repeated


def _sequence(seed: int, kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    chance = Random(seed)  # noqa: S311
    left: dict[str, list[str]] = {name: [] for name in KINDS}
    while True:
        names = list(kinds)
        chance.shuffle(names)
        for name in names:
            if not left[name]:
                left[name] = list(KINDS[name].targets)
                chance.shuffle(left[name])
            yield name, left[name].pop()
