"""What a file of readings holds.

One row a reading: `time` (UTC), the `asset`'s serial number, the `series` and its `unit`, `value` (empty
where a Bad reading has no number) and `quality` (OPC UA StatusCode, 0 is Good).
"""

from dataclasses import dataclass
from typing import Final, Literal

Format = Literal["csv", "parquet"]

COLUMNS: Final = ("time", "asset", "series", "unit", "value", "quality")


@dataclass(frozen=True)
class ExportedSeries:
    """A series as a file names it; `asset` is the serial number."""

    id: int
    asset: str
    series: str
    unit: str

    @property
    def names(self) -> tuple[str, str, str]:
        """What stands in the columns `asset`, `series` and `unit`."""
        return self.asset, self.series, self.unit
