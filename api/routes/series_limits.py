"""Classic limits, HH, H, L, LL and rate of change: of a series, or of a product model's."""

from typing import Annotated

from fastapi import Path, Response

from anomaly.limits import of_models, service
from anomaly.sources import Limit
from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.routing import ApiRouter
from api.schemas.series_limits import (
    AssetLimits,
    LimitsIn,
    LimitsView,
    ModelLimitsList,
    ModelLimitsView,
    SeriesWithLimits,
)
from registry.assets import service as assets

router = ApiRouter(prefix="/series", tags=["alarms"])
asset_router = ApiRouter(prefix="/assets", tags=["alarms"])
model_router = ApiRouter(prefix="/product-models", tags=["alarms"])

READ = requires("alarms.read")
WRITE = requires("assets.write")

SeriesId = Annotated[int, Path(ge=0, le=2**31 - 1)]


@router.get("/{series_id}/limits", dependencies=[READ])
def read_limits(series_id: SeriesId, response: Response, session: Db, actor: Actor) -> LimitsView:
    """Return the limits that count for a series, its own or its product model's."""
    found = service.read_limits(session, actor, series_id)
    set_etag(response, found.version)
    return LimitsView.model_validate(found)


@router.put("/{series_id}/limits", dependencies=[WRITE])
def set_limits(
    series_id: SeriesId,
    body: LimitsIn,
    response: Response,
    session: Db,
    actor: Actor,
    expected_version: IfMatch,
) -> LimitsView:
    """Set all limits of a series; they hold within a minute, beside whatever the models expect."""
    limits = [Limit(**each.model_dump()) for each in body.limits]
    made = service.set_limits(session, actor, series_id, limits, expected_version=expected_version)
    set_etag(response, made.version)
    return LimitsView.model_validate(made)


@router.delete("/{series_id}/limits", dependencies=[WRITE])
def inherit_limits(
    series_id: SeriesId, response: Response, session: Db, actor: Actor, expected_version: IfMatch
) -> LimitsView:
    """Forget what is set for the series itself: what its product model has counts again."""
    found = service.inherit_limits(session, actor, series_id, expected_version=expected_version)
    set_etag(response, found.version)
    return LimitsView.model_validate(found)


@asset_router.get("/{asset_id}/limits", dependencies=[READ])
def list_limits_of_asset(asset_id: str, session: Db, actor: Actor) -> AssetLimits:
    """Return every series of a machine that can have limits, with those that count."""
    found = service.limits_of_asset(session, actor, asset_id)
    model_id = assets.asset_types(session, [asset_id])[asset_id].model_id
    return AssetLimits(
        model_id=model_id,
        items=[
            SeriesWithLimits.model_validate(
                {**vars(limits), "name": series.name, "unit": series.unit, "kind": series.kind}
            )
            for series, limits in found
        ],
    )


SeriesName = Annotated[str, Path(min_length=1, max_length=200)]


@model_router.get("/{model_id}/limits", dependencies=[READ])
def list_limits_of_model(model_id: str, session: Db, actor: Actor) -> ModelLimitsList:
    """Return the limits that machines of a product model inherit."""
    found = of_models.limits_of_model(session, actor, model_id)
    return ModelLimitsList(items=[ModelLimitsView.model_validate(each) for each in found])


@model_router.get("/{model_id}/limits/{series_name}", dependencies=[READ])
def read_limits_of_model(
    model_id: str, series_name: SeriesName, response: Response, session: Db, actor: Actor
) -> ModelLimitsView:
    """Return those of series of one name; none where nobody has set any."""
    found = of_models.read_limits_of_model(session, actor, model_id, series_name)
    set_etag(response, 0 if found is None else found.version)
    if found is not None:
        return ModelLimitsView.model_validate(found)
    return ModelLimitsView(
        model_id=model_id, series_name=series_name, limits=[], version=0, updated_at=None,
        updated_by_name=None,
    )  # fmt: skip


@model_router.put("/{model_id}/limits/{series_name}", dependencies=[WRITE])
def set_limits_of_model(
    model_id: str,
    series_name: SeriesName,
    body: LimitsIn,
    response: Response,
    session: Db,
    actor: Actor,
    expected_version: IfMatch,
) -> ModelLimitsView:
    """Set those of series of one name; machines with limits of their own keep these."""
    limits = [Limit(**each.model_dump()) for each in body.limits]
    made = of_models.set_limits_of_model(
        session, actor, model_id, series_name, limits, expected_version=expected_version
    )
    set_etag(response, made.version)
    return ModelLimitsView.model_validate(made)
