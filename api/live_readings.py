"""The newest readings of a few series, as they come."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from api.events import Notice, Stream
from registry.permissions import Principal

# Source time in ms since 1970, the value, the OPC UA StatusCode.
Point = tuple[int, float | None, int]


@dataclass(eq=False)
class LiveReadings(Stream):
    """Listens to chosen series: of each only the newest reading waits, so that a slow client costs no more.

    Attributes:
        series: ids, as text.
    """

    series: frozenset[str] = frozenset()
    _newest: dict[str, Point] = field(default_factory=dict)

    @classmethod
    def of(cls, principal: Principal, series_ids: Iterable[int]) -> "LiveReadings":
        """Return a stream of these series."""
        return cls(principal, kinds=frozenset({"readings"}), series=frozenset(map(str, series_ids)))

    def begin(self, points: Iterable[tuple[int, int, float, int]]) -> None:
        """Put in what was stored already: series, time in ms, value and quality of each.

        To be read after the hub was told of the stream, so that nothing falls between; what has come
        meanwhile is as new or newer.
        """
        for series_id, ts_ms, value, quality in points:
            key = str(series_id)
            if key not in self._newest:
                self._newest[key] = ts_ms, None if math.isnan(value) else value, quality
        self._ready.set()

    def wants(self, notice: Notice) -> bool:
        """Tell whether a notice has a value of these series, and may be seen."""
        return super().wants(notice) and not self.series.isdisjoint(notice.get("values", {}))

    def put(self, notice: Notice) -> bool:
        """Keep the values; they never become too many."""
        for key, point in notice["values"].items():
            if key in self.series:
                self._dropped += key in self._newest
                self._newest[key] = point
        self._ready.set()
        return True

    async def take(self) -> list[Notice]:
        """Wait for values and return them in one notice, with the number of those that were left out."""
        notices = await super().take()
        if self.over:
            return notices
        taken: Notice = {"kind": "readings", "values": self._newest, "dropped": self._dropped}
        self._newest, self._dropped = {}, 0
        return [taken]
