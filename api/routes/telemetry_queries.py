"""Readings for plots and tables."""

from datetime import timedelta
from typing import Annotated, Final, Literal

from fastapi import Path, Query
from pydantic import AwareDatetime

from api.deps import Actor, Db, requires
from api.routes.telemetry import SERIES_ID_MAX, series_ids
from api.routing import ApiRouter
from api.schemas.telemetry import (
    PlotList,
    PointsView,
    RollupsView,
    StepName,
    TableColumn,
    TableView,
    without_nan,
)
from registry.assets import service as assets
from telemetry import rules, service
from telemetry.errors import StepInvalid
from telemetry.queries.plots import read_plots
from telemetry.queries.tables import TableQuestion, read_table
from telemetry.rollups import service as rollups
from telemetry.rollups.rules import WIDTH

assets_router = ApiRouter(prefix="/assets", tags=["telemetry"])
router = ApiRouter(prefix="/series", tags=["telemetry"])

READ = requires("telemetry.read")

POINTS_MAX: Final = 20_000
# All series of an asset together.
ASSET_POINTS_MAX: Final = 400_000
BUCKETS_MAX: Final = 20_000

SeriesId = Annotated[int, Path(ge=0, le=SERIES_ID_MAX)]
Start = Annotated[AwareDatetime, Query(description="From this time on")]
End = Annotated[AwareDatetime, Query(description="Up to, not including, this time")]
MaxPoints = Annotated[int, Query(ge=4, le=POINTS_MAX)]
Thinning = Annotated[
    Literal["minmax", "lttb"], Query(description="How to thin out; both keep spikes")
]
ResolutionAsked = Annotated[
    Literal["auto", "raw", "1m", "1h", "1d"],
    Query(description="`auto` takes rollups where they give enough points, else readings"),
]


@router.get("/{series_id}/readings", dependencies=[READ])
def read_readings(
    series_id: SeriesId,
    session: Db,
    actor: Actor,
    start: Start,
    end: End,
    max_points: MaxPoints = 2000,
    method: Thinning = "minmax",
    resolution: ResolutionAsked = "auto",
) -> PointsView:
    """Return readings of a span, thinned to at most `max_points` where it holds more.

    Points of rollups are the first, least, greatest and last value of a bucket, with times exact to the
    bucket; the first and the last bucket are there whole.
    """
    service.find_series(session, actor, series_id)
    (points,) = read_plots(
        session, [series_id], (start, end), max_points, method=method, resolution=resolution
    )
    return PointsView.of(points)


@assets_router.get("/{asset_id}/readings", dependencies=[READ])
def read_asset_readings(
    asset_id: str,
    session: Db,
    actor: Actor,
    start: Start,
    end: End,
    max_points: MaxPoints = 1000,
    method: Thinning = "minmax",
    resolution: ResolutionAsked = "auto",
) -> PlotList:
    """Return readings of all series of an asset, each thinned to at most `max_points`, by name.

    Of an asset with very many series each has fewer points.
    """
    assets.get_asset(session, actor, asset_id)
    series = [each.id for each in service.series_of_asset(session, asset_id)]
    each_max = max(4, min(max_points, ASSET_POINTS_MAX // max(1, len(series))))
    plots = read_plots(
        session, series, (start, end), each_max, method=method, resolution=resolution
    )
    return PlotList(items=[PointsView.of(points) for points in plots])


@router.get("/{series_id}/rollups", dependencies=[READ])
def read_rollups(
    series_id: SeriesId,
    session: Db,
    actor: Actor,
    start: Start,
    end: End,
    step: Annotated[StepName, Query(description="How long a bucket is")],
) -> RollupsView:
    """Return the rollups of buckets that overlap a span, at most 20,000; they count every reading stored."""
    service.find_series(session, actor, series_id)
    rules.check_span(start, end)
    if (end - start) / WIDTH[step] > BUCKETS_MAX:
        raise StepInvalid(
            f"that would be more than {BUCKETS_MAX:,} buckets; ask for a longer step or a shorter span",
            buckets_max=BUCKETS_MAX,
        )
    found = rollups.read(session, [series_id], start, end, step)
    return RollupsView(
        series_id=series_id,
        step=step,
        ts_ms=(found.bucket_us // 1000).tolist(),
        count=found.count.tolist(),
        bad=found.bad.tolist(),
        min=without_nan(found.min),
        max=without_nan(found.max),
        mean=without_nan(found.mean),
        first=without_nan(found.first),
        last=without_nan(found.last),
        twa=without_nan(found.twa),
    )


@router.get("/table", dependencies=[READ])
def read_series_table(
    session: Db,
    actor: Actor,
    ids: Annotated[str, Query(max_length=6000, examples=["1,2,3"], description="Series ids")],
    start: Start,
    end: End,
    step: Annotated[int, Query(ge=1, le=366 * 86_400, description="Seconds a row")],
    aggregate: Annotated[
        Literal["mean", "min", "max", "first", "last", "twa"],
        Query(
            description="What stands for the readings of a row; `twa`, the time-weighted mean, is known by "
            "whole minutes"
        ),
    ] = "mean",
    fill: Annotated[
        Literal["none", "previous", "linear"],
        Query(description="What stands where there are none: nothing, the value before, a line"),
    ] = "none",
    fill_over: Annotated[
        int | None,
        Query(ge=1, le=366 * 86_400, description="Seconds that are filled at most; none: any"),
    ] = None,
) -> TableView:
    """Return several series aligned in time, a row for each step.

    Rows begin at multiples of the step since 1970 in UTC, those at the ends are there whole. Readings of Bad
    quality and without a number do not count. At most 20,000 rows and 500,000 values.
    """
    wanted = service.visible_series(session, actor, series_ids(ids, "ids"))
    asked = TableQuestion(
        series_ids=[each.id for each in wanted],
        start=start,
        end=end,
        step=timedelta(seconds=step),
        aggregate=aggregate,
        fill=fill,
        fill_over=None if fill_over is None else timedelta(seconds=fill_over),
    )
    table = read_table(session, asked)
    return TableView(
        step_seconds=step,
        source=table.source,
        ts_ms=(table.ts_us // 1000).tolist(),
        columns=[
            TableColumn(series_id=series_id, value=without_nan(value))
            for series_id, value in zip(table.series_ids, table.value, strict=True)
        ],
    )
