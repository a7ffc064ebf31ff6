"""Third-party sources: who publishes to the platform's broker, and whose readings are taken."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Depends, Query, Response
from sqlalchemy.orm import Session

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.sources import SeenSourceView, SourceAdopt, SourceMappingIn, SourceView
from ingest.third_party import service
from registry.gateways.listing import GatewayFilter
from registry.names import organisation_names, site_names

router = ApiRouter(prefix="/sources", tags=["gateways"])

READ = requires("gateways.read")
MANAGE = requires("gateways.manage")


def _views(session: Session, records: Sequence[service.SourceRecord]) -> list[SourceView]:
    customers = organisation_names(session, {record.organisation_id for record in records})
    sites = site_names(session, {record.site_id for record in records})
    return [
        SourceView(
            **vars(record),
            organisation_name=customers[record.organisation_id],
            site_name=sites[record.site_id],
        )
        for record in records
    ]


def _view(session: Session, response: Response, record: service.SourceRecord) -> SourceView:
    set_etag(response, record.version)
    return _views(session, [record])[0]


def _wanted(
    kind: Literal["sparkplug", "json"] | None = None,
    q: Annotated[
        str | None, Query(max_length=200, description="Part of an address or a name")
    ] = None,
) -> service.SourceFilter:
    return service.SourceFilter(kind=kind, text=q)


Wanted = Annotated[service.SourceFilter, Depends(_wanted)]


@router.get("", dependencies=[READ])
def list_sources(
    session: Db,
    actor: Actor,
    page: PageQuery,
    wanted: Wanted,
    released: bool | None = None,
    organisation_id: Annotated[str | None, Query(max_length=64)] = None,
    site_id: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[SourceView]:
    """List adopted sources, released ones too."""
    places = GatewayFilter(organisation_id, site_id)
    found = service.list_sources(session, actor, page, replace(wanted, released=released), places)
    views = {view.gateway_id: view for view in _views(session, found.items)}
    return Page[SourceView].of(found, lambda record: views[record.gateway_id])


@router.get("/seen", dependencies=[MANAGE])
def list_seen(session: Db, actor: Actor, page: PageQuery, wanted: Wanted) -> Page[SeenSourceView]:
    """List who publishes without being adopted, the newest first."""
    return Page[SeenSourceView].of(
        service.list_seen(session, actor, page, wanted), SeenSourceView.model_validate
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
    return _view(session, response, record)


@router.get("/{gateway_id}", dependencies=[READ])
def read_source(gateway_id: str, response: Response, session: Db, actor: Actor) -> SourceView:
    """Return one source."""
    return _view(session, response, service.get_source(session, actor, gateway_id))


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
        session,
        response,
        service.change_mapping(session, actor, gateway_id, mapping, expected_version=if_match),
    )


@router.post("/{gateway_id}/release", dependencies=[MANAGE])
def release_source(
    gateway_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> SourceView:
    """Take nothing more of a source; its gateway is revoked and its readings stay."""
    return _view(
        session,
        response,
        service.release_source(session, actor, gateway_id, expected_version=if_match),
    )
