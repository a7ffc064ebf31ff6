"""What goes to the disk together: readings, what they moved, and what else is told with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from edge_agent.buffer.missed import MissedSpan
from edge_agent.found_readings import FoundReadings, Place
from kernel.wire.messages import Tag
from kernel.wire.readings import Batch


def advance(known: dict[int, int], batch: Batch) -> dict[int, int]:
    """Note the latest source time of each series; returns what moved.

    What comes late, from a history or a device's own buffer, moves nothing back.
    """
    last = dict(zip(batch.series, batch.ts, strict=True))
    moved = {series: ts for series, ts in last.items() if ts > known.get(series, ts - 1)}
    known.update(moved)
    return moved


class Span(NamedTuple):
    """A span of source time, exclusive of its bounds, in which readings of a series may be missing."""

    series: int
    start_us: int
    end_us: int
    reason: str


@dataclass
class Group:
    """What goes into one commit.

    Attributes:
        moved: the latest source time of each series that has a later one.
        missed: spans that are being fetched from then on.
        settled: spans that no longer are.
        found: readings of tags without a number.
    """

    batch: Batch = field(default_factory=Batch)
    moved: dict[int, int] = field(default_factory=dict)
    missed: list[Span] = field(default_factory=list)
    settled: list[Span] = field(default_factory=list)
    found: FoundReadings = field(default_factory=FoundReadings)

    def number_found(self, numbers: Mapping[Place, int]) -> None:
        """Count those found whose tags have a number by now among the others."""
        numbered, self.found = self.found.parted(numbers)
        self.batch.extend(numbered)
        for series, ts in advance({}, numbered).items():
            self.moved[series] = max(ts, self.moved.get(series, ts))

    def named(
        self, tags: Sequence[Tag]
    ) -> tuple[dict[str, int], list[MissedSpan], list[MissedSpan]]:
        """Return what moved and what was missed and settled, by the names of tags."""
        moved = {tags[series].name: ts for series, ts in self.moved.items()}
        missed, settled = (
            [MissedSpan(tags[span.series].name, *span[1:]) for span in spans]
            for spans in (self.missed, self.settled)
        )
        return moved, missed, settled

    def __bool__(self) -> bool:
        return bool(self.batch or self.missed or self.settled)
