"""Bodies of what series were expected to be."""

from typing import Self

from pydantic import Field

from anomaly.expectations.service import BandHistory
from api.schemas.base import Output


class BandHistoryView(Output):
    """What was expected of a series; columns of one length, each row holding until the next."""

    series_id: int
    ts_ms: list[int] = Field(
        description="Source time from which it was expected, milliseconds since 1970; the first may be of "
        "before the span"
    )
    low: list[float | None] = Field(description="Null where nothing was known any more")
    high: list[float | None]

    @classmethod
    def of(cls, history: BandHistory) -> Self:
        """Return it as JSON has it."""
        return cls(
            series_id=history.series_id,
            ts_ms=[round(at.timestamp() * 1000) for at in history.at],
            low=history.low,
            high=history.high,
        )


class BandHistoryList(Output):
    """Of every series of an asset, by name of the series."""

    items: list[BandHistoryView]
