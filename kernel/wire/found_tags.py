"""Tags that turn up while a source is read: numbered together with others, so many and no more.

Every new tag makes a new schema. So the readings of new ones wait a moment for company, the longer the more
often that has happened, and a fleet that shows itself at once makes one schema, not one for each machine.
"""

from collections.abc import Callable
from typing import Final

from kernel.wire.frames import OddValue
from kernel.wire.messages import Tag
from kernel.wire.readings import Batch, NoOddValue

FIRST_WAIT_US: Final = 300_000
WAIT_US_MAX: Final = 30_000_000
ROWS_WAITING_MAX: Final = 10_000

# Source time, time of arrival, value, quality, and what stands beside the value.
Row = tuple[int, int, float, int, OddValue | NoOddValue]


class FoundTags:
    """Numbers of one source's tags, and the readings of those that have none yet."""

    def __init__(
        self,
        make_number: Callable[[Tag], int | None],
        found_max: int,
        hand_on: Callable[[Tag, Row], None] | None = None,
    ) -> None:
        """Begin without tags.

        Args:
            make_number: puts a tag into the schema; None when it has no room.
            found_max: tags, at most.
            hand_on: takes the readings that wait and keeps them; without it they are kept here.
        """
        self._make_number = make_number
        self._hand_on = hand_on
        self._found_max = found_max
        self._numbers: dict[Tag, int | None] = {}
        self._waiting: dict[Tag, list[Row]] = {}
        self._rows = 0
        self._since_us = 0
        self._wait_us = FIRST_WAIT_US

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def numbers(self) -> list[int]:
        """The numbers of all that were found."""
        return [number for number in self._numbers.values() if number is not None]

    @property
    def wait_us(self) -> int:
        """How long new tags wait at present; 0 when none does."""
        return self._wait_us if self._waiting else 0

    @property
    def rows(self) -> int:
        """How many readings wait."""
        return self._rows

    def number_of(self, tag: Tag) -> int | None:
        """Return a tag's number; None while it has none."""
        return self._numbers.get(tag)

    def wait(self, tag: Tag, row: Row, now_us: int) -> bool:
        """Keep a reading of a tag without a number until `settle`; False when there are too many."""
        rows = self._waiting.get(tag)
        if rows is None:
            full = len(self._numbers) + len(self._waiting) >= self._found_max
            if full or tag in self._numbers:
                return False
            if not self._waiting:
                self._since_us = now_us
            rows = self._waiting[tag] = []
        if self._hand_on is None:
            rows.append(row)
        else:
            self._hand_on(tag, row)
        self._rows += 1
        return True

    def due(self, now_us: int) -> bool:
        """Tell whether those that wait have waited long enough."""
        waited = 0 <= now_us - self._since_us < self._wait_us
        return bool(self._waiting) and (not waited or self._rows >= ROWS_WAITING_MAX)

    def settle(self) -> Batch:
        """Number the tags that wait and return their readings, as far as they are kept here."""
        batch = Batch()
        waiting, self._waiting, self._rows = self._waiting, {}, 0
        for tag, rows in waiting.items():
            number = self._numbers[tag] = self._make_number(tag)
            if number is not None:
                for ts_us, taken_us, value, quality, odd in rows:
                    batch.add(number, ts_us, 0, taken_us, value, quality, odd)
        if waiting:
            self._wait_us = min(2 * self._wait_us, WAIT_US_MAX)
        return batch
