"""Sites."""

from fastapi import Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routes.organisations import ARCHIVED, Archived, Q
from api.routing import ApiRouter
from api.schemas.registry import SiteCreate, SitePatch, SiteView
from registry.sites import service

router = ApiRouter(prefix="/sites", tags=["sites"])

ADMINISTER = requires("administration.manage")
READ = requires("assets.read")


@router.get("", dependencies=[READ])
def list_sites(
    session: Db,
    actor: Actor,
    page: PageQuery,
    organisation_id: str | None = None,
    q: Q = None,
    archived: Archived = "no",
) -> Page[SiteView]:
    """List sites in one's scope, by name."""
    wanted = service.SiteFilter(organisation_id, ARCHIVED[archived], q)
    rows = service.list_sites(session, actor, wanted, page)
    return Page[SiteView].of(rows, SiteView.model_validate)


@router.post("", status_code=201, dependencies=[ADMINISTER, Idempotent])
def create_site(body: SiteCreate, response: Response, session: Db, actor: Actor) -> SiteView:
    """Add a site."""
    made = service.create_site(
        session,
        actor,
        organisation_id=body.organisation_id,
        name=body.name,
        address=body.address,
        time_zone=body.time_zone,
        latitude=body.latitude,
        longitude=body.longitude,
    )
    set_etag(response, made.version)
    return SiteView.model_validate(made)


@router.get("/{site_id}", dependencies=[READ])
def read_site(site_id: str, response: Response, session: Db, actor: Actor) -> SiteView:
    """Return one site."""
    found = service.get_site(session, actor, site_id)
    set_etag(response, found.version)
    return SiteView.model_validate(found)


@router.patch("/{site_id}", dependencies=[ADMINISTER])
def update_site(
    site_id: str, body: SitePatch, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> SiteView:
    """Change a site."""
    changed = service.update_site(session, actor, site_id, body.changes(), if_match)
    set_etag(response, changed.version)
    return SiteView.model_validate(changed)


@router.post("/{site_id}/archive", dependencies=[ADMINISTER])
def archive_site(
    site_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> SiteView:
    """Put a site away that has no machines and gateways any more."""
    changed = service.archive_site(session, actor, site_id, if_match)
    set_etag(response, changed.version)
    return SiteView.model_validate(changed)


@router.post("/{site_id}/restore", dependencies=[ADMINISTER])
def restore_site(
    site_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> SiteView:
    """Bring an archived site back."""
    changed = service.restore_site(session, actor, site_id, if_match)
    set_etag(response, changed.version)
    return SiteView.model_validate(changed)
