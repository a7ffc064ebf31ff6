"""Series of assets, their readings, newest values and gaps."""

from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from api.deps import Actor, Db, requires
from api.routing import ApiRouter
from api.schemas.telemetry import (
    GapList,
    GapView,
    LatestColumnsView,
    LatestList,
    LatestRequest,
    LatestView,
    SeriesList,
    SeriesView,
    without_nan,
)
from ingest import service as ingest
from kernel.errors import InvalidInput
from registry.assets import service as assets
from telemetry import service
from telemetry.queries.latest import latest_columns

assets_router = ApiRouter(prefix="/assets", tags=["telemetry"])
router = ApiRouter(prefix="/series", tags=["telemetry"])

READ = requires("telemetry.read")

SERIES_AT_ONCE_MAX = 500
SERIES_ID_MAX = 2**31 - 1


@assets_router.get("/{asset_id}/series", dependencies=[READ])
def list_series(asset_id: str, session: Db, actor: Actor) -> SeriesList:
    """List the series of an asset with their newest readings."""
    assets.get_asset(session, actor, asset_id)
    series = service.series_of_asset(session, asset_id)
    newest = service.latest(session, [each.id for each in series])
    return SeriesList(
        items=[
            SeriesView.model_validate({**vars(each), "latest": newest.get(each.id)})
            for each in series
        ]
    )


@assets_router.get("/{asset_id}/gaps", dependencies=[READ])
def list_gaps(
    asset_id: str,
    session: Db,
    actor: Actor,
    start: Annotated[AwareDatetime, Query(description="From this time on")],
    end: Annotated[AwareDatetime, Query(description="Up to, not including, this time")],
    series: Annotated[
        str, Query(max_length=6000, examples=["1,2,3"], description="Only gaps of these series")
    ] = "",
) -> GapList:
    """List the spans in which readings of an asset may be missing, the latest first, at most 2,000."""
    assets.get_asset(session, actor, asset_id)
    wanted = series_ids(series, "series") if series else None
    gaps = ingest.gaps_of_asset(session, asset_id, start, end, wanted)
    return GapList(items=[GapView.model_validate(gap) for gap in gaps])


@router.get("/latest", dependencies=[READ])
def read_latest(
    session: Db,
    actor: Actor,
    ids: Annotated[str, Query(max_length=6000, examples=["1,2,3"], description="Series ids")],
) -> LatestList:
    """Return the newest reading of many series; those out of scope or without one are left out."""
    visible = service.series_in_scope(session, actor, series_ids(ids, "ids"))
    newest = service.latest(session, visible)
    return LatestList(items=[LatestView.model_validate(newest[key]) for key in sorted(newest)])


def series_ids(text: str, field: str) -> list[int]:
    """Return the ids of a list such as `1,2,3`.

    Raises:
        InvalidInput: it is no such list, or too long.
    """
    try:
        wanted = [int(each) for each in text.split(",")]
    except ValueError:
        raise InvalidInput(f"{field} is a list of numbers, such as 1,2,3", field=field) from None
    if len(wanted) > SERIES_AT_ONCE_MAX:
        raise InvalidInput(f"at most {SERIES_AT_ONCE_MAX} series at once", field=field)
    if any(not 0 <= each <= SERIES_ID_MAX for each in wanted):
        raise InvalidInput("a series id is out of range", field=field)
    return wanted


@router.post("/latest", dependencies=[READ])
def read_latest_columns(wanted: LatestRequest, session: Db, actor: Actor) -> LatestColumnsView:
    """Return the newest reading of thousands of series; those out of scope or without one are left out.

    Changes nothing; the list is in the body because an address would not hold it.
    """
    visible = service.series_in_scope(session, actor, wanted.series_ids)
    newest = latest_columns(session, visible)
    return LatestColumnsView(
        series_id=newest.series_id.tolist(),
        ts_ms=(newest.ts_us // 1000).tolist(),
        value=without_nan(newest.value),
        quality=newest.quality.tolist(),
        recorded_ms=(newest.recorded_us // 1000).tolist(),
    )
