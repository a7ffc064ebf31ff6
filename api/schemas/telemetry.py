"""Bodies of series and readings."""

import math
from datetime import datetime
from typing import Annotated, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from api.schemas.base import Input, Output
from telemetry.service import Points

SERIES_MAX: Final = 20_000

StepName = Literal["1m", "1h", "1d"]
ResolutionName = Literal["raw", "1m", "1h", "1d"]

SeriesKindName = Literal[
    "vibration",
    "temperature",
    "pressure",
    "flow",
    "current",
    "speed",
    "power",
    "level",
    "voltage",
    "state",
    "other",
]


class LatestView(Output):
    """The newest reading of a series by source time."""

    series_id: int
    ts: datetime
    value: float | None = Field(description="Null where a Bad reading has no number")
    quality: int = Field(description="OPC UA StatusCode; 0 is Good")
    recorded_at: datetime


class SeriesView(Output):
    """A series of an asset, with its newest reading."""

    id: int
    asset_id: str
    name: str = Field(examples=["vibration_de"])
    unit: str = Field(examples=["mm/s"])
    low: float | None = Field(description="Low end of the engineering range")
    high: float | None
    kind: SeriesKindName
    data_type: Literal["number", "boolean"]
    latest: LatestView | None


class SeriesList(Output):
    """All series of an asset, by name."""

    items: list[SeriesView]


class LatestList(Output):
    """The newest readings of those series that have one."""

    items: list[LatestView]


class LatestRequest(Input):
    """Which series."""

    series_ids: Annotated[
        list[Annotated[int, Field(ge=0, lt=2**31)]], Field(min_length=1, max_length=SERIES_MAX)
    ] = Field(examples=[[1, 2, 3]])


class LatestColumnsView(Output):
    """The newest reading of each series that has one, in the order of `series_id`; columns of one length."""

    series_id: list[int]
    ts_ms: list[int] = Field(description="Source time, milliseconds since 1970")
    value: list[float | None] = Field(description="Null where a Bad reading has no number")
    quality: list[int] = Field(description="OPC UA StatusCode; 0 is Good")
    recorded_ms: list[int] = Field(description="When the platform received it")


class PointsView(Output):
    """Readings of a series in the order of source time; three columns of one length."""

    series_id: int
    ts_ms: list[int] = Field(description="Source time, milliseconds since 1970")
    value: list[float | None] = Field(description="Null where a Bad reading has no number")
    quality: list[int] = Field(description="OPC UA StatusCode; 0 is Good")
    readings: int = Field(description="How many readings the span holds")
    downsampled: bool = Field(description="Whether some were left out")
    resolution: ResolutionName = Field(
        description="What the points are of: `raw` readings, or rollups by the minute, the hour, the day"
    )

    @classmethod
    def of(cls, points: Points) -> Self:
        """Return points as JSON has them."""
        return cls(
            series_id=points.series_id,
            ts_ms=points.ts_ms.tolist(),
            value=without_nan(points.value),
            quality=points.quality.tolist(),
            readings=points.readings,
            downsampled=points.downsampled,
            resolution=points.resolution,
        )


class PlotList(Output):
    """A plot of each series."""

    items: list[PointsView]


class RollupsView(Output):
    """What the readings of each bucket say together; columns of one length, for buckets with readings."""

    series_id: int
    step: StepName
    ts_ms: list[int] = Field(description="When the bucket begins, milliseconds since 1970")
    count: list[int] = Field(description="Readings that are neither Bad nor without a number")
    bad: list[int] = Field(description="The other readings")
    min: list[float | None]
    max: list[float | None]
    mean: list[float | None]
    first: list[float | None]
    last: list[float | None]
    twa: list[float | None] = Field(
        description="Time-weighted mean: each value counts until the next reading"
    )


class TableColumn(Output):
    """One series of a table."""

    series_id: int
    value: list[float | None] = Field(description="One of each row; null where there is none")


class TableView(Output):
    """Series side by side, a row for each step."""

    step_seconds: int
    source: ResolutionName = Field(description="What it was made of")
    ts_ms: list[int] = Field(description="When each row begins, milliseconds since 1970")
    columns: list[TableColumn]


class GapView(Output):
    """A span in which readings of some series may be missing, and could not be fetched afterwards."""

    id: int
    series_ids: list[int]
    started_at: datetime = Field(description="Source time")
    ended_at: datetime
    reason: str = Field(
        description="connection_lost, overflow, notifications_lost, source_gap, silent_server, "
        "buffer_full or a word of a later gateway",
        examples=["connection_lost"],
    )
    agent_id: str = Field(description="The gateway that declared it")
    recorded_at: datetime


class GapList(Output):
    """Gaps of an asset, those that began last first."""

    items: list[GapView]


def without_nan(value: NDArray[np.float64]) -> list[float | None]:
    """Return numbers as JSON has them: None for what is none."""
    return [None if math.isnan(each) else each for each in value.tolist()]
