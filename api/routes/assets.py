"""Assets: the installed base, its history, and which tags write into it."""

from fastapi import Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routes.organisations import ARCHIVED, Archived, Q
from api.routing import ApiRouter
from api.schemas.people import AuditView
from api.schemas.registry import AssetCreate, AssetPatch, AssetView, TagList, TagView
from registry.assets import service
from registry.audit_trail import service as audit_trail

router = ApiRouter(prefix="/assets", tags=["assets"])

READ = requires("assets.read")
WRITE = requires("assets.write")


@router.get("", dependencies=[READ])
def list_assets(
    session: Db,
    actor: Actor,
    page: PageQuery,
    organisation_id: str | None = None,
    site_id: str | None = None,
    model_id: str | None = None,
    equipment_class: str | None = None,
    q: Q = None,
    archived: Archived = "no",
) -> Page[AssetView]:
    """List assets in one's scope, by serial; `q` finds serials and names."""
    wanted = service.AssetFilter(
        organisation_id, site_id, model_id, equipment_class, ARCHIVED[archived], q
    )
    rows = service.list_assets(session, actor, wanted, page)
    return Page[AssetView].of(rows, AssetView.model_validate)


@router.post("", status_code=201, dependencies=[WRITE, Idempotent])
def register_asset(body: AssetCreate, response: Response, session: Db, actor: Actor) -> AssetView:
    """Add a machine to the installed base."""
    made = service.register_asset(session, actor, **body.model_dump())
    set_etag(response, made.version)
    return AssetView.model_validate(made)


@router.get("/{asset_id}", dependencies=[READ])
def read_asset(asset_id: str, response: Response, session: Db, actor: Actor) -> AssetView:
    """Return one asset."""
    found = service.read_asset(session, actor, asset_id)
    set_etag(response, found.version)
    return AssetView.model_validate(found)


@router.patch("/{asset_id}", dependencies=[WRITE])
def update_asset(
    asset_id: str,
    body: AssetPatch,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> AssetView:
    """Change an asset, its owner included."""
    changed = service.update_asset(session, actor, asset_id, body.changes(), if_match)
    set_etag(response, changed.version)
    return AssetView.model_validate(changed)


@router.post("/{asset_id}/archive", dependencies=[WRITE])
def archive_asset(
    asset_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> AssetView:
    """Put an asset away; its history, orders and claims stay."""
    changed = service.archive_asset(session, actor, asset_id, if_match)
    set_etag(response, changed.version)
    return AssetView.model_validate(changed)


@router.post("/{asset_id}/restore", dependencies=[WRITE])
def restore_asset(
    asset_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> AssetView:
    """Bring an archived asset back."""
    changed = service.restore_asset(session, actor, asset_id, if_match)
    set_etag(response, changed.version)
    return AssetView.model_validate(changed)


@router.get("/{asset_id}/history", dependencies=[READ])
def read_asset_history(
    asset_id: str, session: Db, actor: Actor, page: PageQuery
) -> Page[AuditView]:
    """Return what was done to an asset, newest first."""
    rows = audit_trail.history_of_asset(session, actor, asset_id, page)
    return Page[AuditView].of(rows, AuditView.model_validate)


@router.get("/{asset_id}/tags", dependencies=[READ])
def list_asset_tags(asset_id: str, session: Db, actor: Actor) -> TagList:
    """Return which tags of which gateways write into an asset."""
    tags = service.tags_of_asset(session, actor, asset_id)
    return TagList(items=[TagView.model_validate(tag) for tag in tags])
