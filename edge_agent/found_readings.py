"""Readings of tags that have no number yet, on their way to the disk; numbered among themselves."""

from collections.abc import Mapping

from kernel.wire.found_tags import Row
from kernel.wire.messages import Tag
from kernel.wire.readings import Batch

Place = tuple[str, str]


def place_of(tag: Tag) -> Place:
    """Return what tells a tag from others."""
    return tag.asset_serial, tag.series_name


class FoundReadings:
    """What came since the last commit.

    Attributes:
        batch: the readings, by numbers of their own.
    """

    def __init__(self) -> None:
        self.batch = Batch()
        self._tags: dict[str, tuple[int, Tag]] = {}

    def __len__(self) -> int:
        return len(self.batch)

    @property
    def tags(self) -> list[Tag]:
        """The tags that the numbers mean, in their order."""
        return [tag for _, tag in self._tags.values()]

    def add(self, tag: Tag, row: Row) -> bool:
        """Take a reading; False when another tag has the name, as no schema can have both."""
        number, known = self._tags.setdefault(tag.name, (len(self._tags), tag))
        if place_of(known) != place_of(tag):
            return False
        ts_us, taken_us, value, quality, odd = row
        self.batch.add(number, ts_us, 0, taken_us, value, quality, odd)
        return True

    def positions(self) -> dict[str, int]:
        """Return the latest source time of each tag, by name."""
        newest: dict[int, int] = {}
        for number, ts in zip(self.batch.series, self.batch.ts, strict=True):
            newest[number] = max(ts, newest.get(number, ts))
        return {name: newest[number] for name, (number, _) in self._tags.items()}

    def parted(self, numbers: Mapping[Place, int]) -> "tuple[Batch, FoundReadings]":
        """Return the readings whose tags have a number by now, with it, and the others."""
        numbered, others = Batch(), FoundReadings()
        tags = self.tags
        columns = (self.batch.series, self.batch.ts, self.batch.edge_ts, self.batch.value)
        rows = zip(*columns, self.batch.quality, strict=True)
        for row, (series, ts_us, taken_us, value, quality) in enumerate(rows):
            tag, odd = tags[series], self.batch.odd_of(row)
            number = numbers.get(place_of(tag))
            if number is None:
                others.add(tag, (ts_us, taken_us, value, quality, odd))
            else:
                numbered.add(number, ts_us, 0, taken_us, value, quality, odd)
        return numbered, others
