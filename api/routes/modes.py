"""Modes of machines: stopped, idling, loaded; recognised, or said by a tag."""

from fastapi import Response

from anomaly.modes import service
from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.routes.telemetry_queries import End, Start
from api.routing import ApiRouter
from api.schemas.modes import ModesView, ModeTagIn, ModeTagView

router = ApiRouter(prefix="/assets", tags=["alarms"])


@router.get("/{asset_id}/modes", dependencies=[requires("alarms.read")])
def read_modes(asset_id: str, session: Db, actor: Actor, start: Start, end: End) -> ModesView:
    """Return the mode of a machine now, and what it was in a span."""
    return ModesView.model_validate(service.read_modes(session, actor, asset_id, start, end))


@router.get("/{asset_id}/mode-tag", dependencies=[requires("alarms.read")])
def read_mode_tag(asset_id: str, response: Response, session: Db, actor: Actor) -> ModeTagView:
    """Return the tag that says a machine's mode: its own, else its product model's."""
    found = service.read_tag(session, actor, asset_id)
    set_etag(response, found.version)
    return ModeTagView.model_validate(found)


@router.put("/{asset_id}/mode-tag", dependencies=[requires("assets.write")])
def set_mode_tag(
    asset_id: str,
    body: ModeTagIn,
    response: Response,
    session: Db,
    actor: Actor,
    expected_version: IfMatch,
) -> ModeTagView:
    """Name the tag that says the mode of a machine, or of all of its product model."""
    draft = service.TagDraft(body.series_name, body.modes, body.applies_to)
    made = service.set_tag(session, actor, asset_id, draft, expected_version=expected_version)
    set_etag(response, made.version)
    return ModeTagView.model_validate(made)
