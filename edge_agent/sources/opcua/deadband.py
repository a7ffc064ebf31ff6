"""Deadbands: changes that are no news are filtered by the server where it can, and here in any case.

Here as well, for some servers accept a deadband and do not apply it; a value the server let through that is
inside the deadband is dropped by the same rule the server should have used ("DataChangeFilter" in OPC UA
part 4: news is |last reported - current| > deadband, or another status).
"""

from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any

from asyncua import ua
from asyncua.client.ua_session import UaSession

from edge_agent.config import OpcUaSource
from edge_agent.sources.opcua.ranges import ranges_of

_PERCENT = 100.0


class Deadbands:
    """The deadbands of a source's tags.

    Attributes:
        without_range: tags whose percentage has nothing to be of; everything of them is news.
    """

    def __init__(self, config: OpcUaSource) -> None:
        self._tags = config.tags
        self._absolute = {
            index: tag.deadband for index, tag in enumerate(config.tags) if tag.deadband is not None
        }
        self._percent = {
            index: tag.deadband_percent
            for index, tag in enumerate(config.tags)
            if tag.deadband_percent is not None
        }
        self._spans: dict[int, float] = {}
        self._here: set[int] = set()
        self._reported: dict[int, tuple[float, int]] = {}
        self.without_range: set[int] = set()

    def __contains__(self, index: int) -> bool:
        return index in self._absolute

    async def learn_ranges(
        self, session: UaSession, nodes: Mapping[int, ua.NodeId], per_call: int
    ) -> None:
        """Find out what the percentages are of: the server's EURange, else the tag's low and high."""
        wanted = {index: node for index, node in nodes.items() if index in self._percent}
        found = await ranges_of(session, wanted, per_call)
        self._spans.clear()
        self.without_range.clear()
        for index in wanted:
            tag = self._tags[index]
            low, high = found.get(index, (tag.low, tag.high))
            if index in found:
                self._spans[index] = found[index][1] - found[index][0]
            if low is None or high is None or not low < high:
                self.without_range.add(index)
                self._absolute.pop(index, None)
            else:
                self._absolute[index] = (high - low) * self._percent[index] / _PERCENT

    def for_server(self, index: int) -> tuple[ua.DeadbandType, float]:
        """Return the deadband to ask the server for."""
        if index in self._here or index not in self._absolute:
            return ua.DeadbandType.None_, 0.0
        if index in self._spans:
            return ua.DeadbandType.Percent, self._percent[index]
        return ua.DeadbandType.Absolute, self._absolute[index]

    def at_server(self, indexes: Collection[int]) -> bool:
        """Tell whether the server was asked for a deadband of any of these."""
        return any(index in self._absolute and index not in self._here for index in indexes)

    def keep_here(self, indexes: Collection[int]) -> None:
        """Ask the server no more for the deadbands of these."""
        self._here.update(indexes)

    def is_news(self, index: int, value: Any, status: int) -> bool:
        """Tell whether a value is news, and remember it if so."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            self._reported.pop(index, None)
            return True
        before = self._reported.get(index)
        same = before is not None and before[1] == status
        if before is not None and same and abs(value - before[0]) <= self._absolute[index]:
            return False
        self._reported[index] = (value, status)
        return True
