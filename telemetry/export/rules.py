"""What a file of readings holds.

One row a reading: `time` (UTC), the `asset`'s serial number, the `series` and its `unit`, `value` (empty
where a Bad reading has no number), `quality` (OPC UA StatusCode, 0 is Good) and `state`, the text that the
value stands for, where a series sends texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Format = Literal["csv", "parquet"]

COLUMNS: Final = ("time", "asset", "series", "unit", "value", "quality", "state")


@dataclass(frozen=True)
class ExportedSeries:
    """A series as a file names it; `asset` is the serial number, `states` the texts of its values."""

    id: int
    asset: str
    series: str
    unit: str
    states: Mapping[int, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, str, str]:
        """What stands in the columns `asset`, `series` and `unit`."""
        return self.asset, self.series, self.unit
