"""Key-set paging: a page begins after the sort key of the last row of the page before.

Rows added or removed between two pages are neither skipped nor shown twice, and page 1,000 costs what
page 1 costs. A repository sorts by a unique key, asks for `limit + 1` rows and hands them to `Slice.cut`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from kernel.errors import InvalidInput

Item = TypeVar("Item")
Other = TypeVar("Other")

LIMIT_MAX = 200
_DIGITS_MAX = 18


@dataclass(frozen=True)
class PageRequest:
    """Which page is wanted.

    Attributes:
        limit: most rows on the page, 1 to `LIMIT_MAX`.
        after: sort key of the last row already seen, as strings; None for the first page.
    """

    limit: int = 50
    after: tuple[str, ...] | None = None

    def after_id(self) -> str | None:
        """Return the key of a list that is sorted by id alone."""
        return None if self.after is None else self.after[0]

    def after_number(self) -> int | None:
        """Return the key of a list that is sorted by a number alone.

        Raises:
            InvalidInput: the key is another list's.
        """
        if self.after is None:
            return None
        if not self.after[0].isdecimal() or len(self.after[0]) > _DIGITS_MAX:
            raise InvalidInput("the cursor is another list's")
        return int(self.after[0])


@dataclass(frozen=True)
class Slice(Generic[Item]):
    """One page of rows; `next_key` is where the next one begins, None on the last."""

    items: list[Item]
    next_key: tuple[str, ...] | None

    @classmethod
    def cut(
        cls, rows: Sequence[Item], limit: int, key: Callable[[Item], tuple[str, ...]]
    ) -> "Slice[Item]":
        """Make a page of at most `limit` rows of the `limit + 1` that were asked for."""
        items = list(rows[:limit])
        return cls(items, key(items[-1]) if len(rows) > limit and items else None)

    def map(self, change: Callable[[Item], Other]) -> "Slice[Other]":
        """Return the same page with every row changed."""
        return Slice([change(item) for item in self.items], self.next_key)
