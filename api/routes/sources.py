"""Third-party sources: who publishes to the platform's broker, and whose readings are taken."""

from fastapi import Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.sources import SeenSourceView, SourceAdopt, SourceMappingIn, SourceView
from ingest.third_party import service

router = ApiRouter(prefix="/sources", tags=["gateways"])

READ = requires("gateways.read")
MANAGE = requires("gateways.manage")


def _view(response: Response, record: service.SourceRecord) -> SourceView:
    set_etag(response, record.version)
    return SourceView.model_validate(record)


@router.get("", dependencies=[READ])
def list_sources(session: Db, actor: Actor, page: PageQuery) -> Page[SourceView]:
    """List adopted sources, released ones too."""
    return Page[SourceView].of(
        service.list_sources(session, actor, page), SourceView.model_validate
    )


@router.get("/seen", dependencies=[MANAGE])
def list_seen(session: Db, actor: Actor, page: PageQuery) -> Page[SeenSourceView]:
    """List who publishes without being adopted, the newest first."""
    return Page[SeenSourceView].of(
        service.list_seen(session, actor, page), SeenSourceView.model_validate
    )


@router.post("", status_code=201, dependencies=[MANAGE, Idempotent])
def adopt_source(body: SourceAdopt, response: Response, session: Db, actor: Actor) -> SourceView:
    """Take a source's readings from now on; it becomes a gateway of the site."""
    record = service.adopt_source(
        session,
        actor,
        address=body.address,
        name=body.name,
        site_id=body.site_id,
        mapping=body.mapping.model_dump(mode="json"),
    )
    return _view(response, record)


@router.get("/{gateway_id}", dependencies=[READ])
def read_source(gateway_id: str, response: Response, session: Db, actor: Actor) -> SourceView:
    """Return one source."""
    return _view(response, service.get_source(session, actor, gateway_id))


@router.put("/{gateway_id}/mapping", dependencies=[MANAGE])
def change_mapping(
    gateway_id: str,
    body: SourceMappingIn,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> SourceView:
    """Read a source's messages by another mapping from now on."""
    mapping = body.mapping.model_dump(mode="json")
    return _view(
        response,
        service.change_mapping(session, actor, gateway_id, mapping, expected_version=if_match),
    )


@router.post("/{gateway_id}/release", dependencies=[MANAGE])
def release_source(
    gateway_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> SourceView:
    """Take nothing more of a source; its gateway is revoked and its readings stay."""
    return _view(
        response, service.release_source(session, actor, gateway_id, expected_version=if_match)
    )
