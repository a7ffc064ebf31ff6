"""Tags that a source finds while it runs: numbered as they turn up, so many and no more."""

from collections import Counter

from edge_agent.intake import Intake
from kernel.wire.messages import Tag


class FoundTags:
    """Series numbers of one source's tags."""

    def __init__(self, intake: Intake, found_max: int, oddities: Counter[str]) -> None:
        self._intake = intake
        self._found_max = found_max
        self._oddities = oddities
        self._numbers: dict[Tag, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def numbers(self) -> list[int]:
        """Return the series numbers of all that were found."""
        return list(self._numbers.values())

    def number_of(self, tag: Tag) -> int | None:
        """Return a tag's series number; None, and counted, when there are too many tags already."""
        number = self._numbers.get(tag)
        if number is None and len(self._numbers) < self._found_max:
            number = self._intake.number_of(tag)
            if number is not None:
                self._numbers[tag] = number
        if number is None:
            self._oddities["too_many_tags"] += 1
        return number
