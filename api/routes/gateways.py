"""Gateways: how they are, making and revoking them, their enrolment and their keys."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Query, Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.gateways import (
    GatewayAlarmView,
    GatewayCountsView,
    GatewayCreate,
    GatewayCreated,
    GatewayState,
    GatewayView,
)
from api.schemas.gateways_enrolment import (
    EnrolmentTokenCreate,
    EnrolmentTokenCreated,
    EnrolmentTokenList,
    EnrolmentTokenView,
    KeyRotate,
)
from ingest import service as ingest
from ingest.third_party import service as third_parties
from kernel.settings import Platform, settings
from registry.gateways import enrolment, keys, listing, service
from registry.gateways.listing import GatewayFilter
from registry.gateways.service import GatewayRecord
from registry.names import organisation_names, site_names

router = ApiRouter(prefix="/gateways", tags=["gateways"])

READ = requires("gateways.read")
MANAGE = requires("gateways.manage")


def _places(
    q: Annotated[
        str | None,
        Query(max_length=200, description="Parts of its name, its customer's, its site's"),
    ] = None,
    organisation_id: Annotated[str | None, Query(max_length=64)] = None,
    site_id: Annotated[str | None, Query(max_length=64)] = None,
) -> GatewayFilter:
    return GatewayFilter(organisation_id, site_id, q)


Places = Annotated[GatewayFilter, Depends(_places)]


def _views(session: Db, records: Sequence[GatewayRecord]) -> list[GatewayView]:
    ids = [record.id for record in records]
    statuses = ingest.agent_statuses(session, ids)
    alarms = ingest.open_alarms(session, ids)
    states = listing.states_of(session, ids, ingest.reports())
    kinds = third_parties.kinds_of(session, ids)
    names = organisation_names(session, {record.organisation_id for record in records})
    sites = site_names(session, {record.site_id for record in records})
    views = []
    for record in records:
        status = statuses[record.id]
        views.append(
            GatewayView(
                **asdict(record),
                own_broker_login=keys.has_own_logins() and record.enrolled_at is not None,
                kind=kinds.get(record.id, "edge"),
                state=states[record.id],
                organisation_name=names[record.organisation_id],
                site_name=sites[record.site_id],
                last_seen_at=status.last_seen_at,
                status_at=status.status_at,
                version_running=status.version,
                clock_offset_ms=status.clock_offset_ms,
                buffered=status.buffered,
                sources=status.sources,
                alarms=[GatewayAlarmView.model_validate(alarm) for alarm in alarms[record.id]],
                **vars(status.counts),
            )
        )
    return views


def _view(session: Db, response: Response, record: GatewayRecord) -> GatewayView:
    set_etag(response, record.version)
    return _views(session, [record])[0]


@router.get("", dependencies=[READ])
def list_gateways(
    session: Db,
    actor: Actor,
    page: PageQuery,
    places: Places,
    state: Annotated[list[GatewayState] | None, Query(description="Any of these")] = None,
    drifted: Annotated[
        bool, Query(description="Only those whose configuration was changed at the gateway")
    ] = False,
) -> Page[GatewayView]:
    """List gateways with what they take, store and hold back, those in trouble first."""
    wanted = replace(places, states=frozenset(state or ()), drifted=drifted)
    found = listing.list_gateways(session, actor, wanted, page, ingest.reports())
    views = {view.id: view for view in _views(session, found.items)}
    return Page[GatewayView].of(found, lambda record: views[record.id])


@router.get("/counts", dependencies=[READ])
def count_gateways(session: Db, actor: Actor, places: Places) -> GatewayCountsView:
    """Count gateways by how they are."""
    counted = listing.count_gateways(session, actor, places, ingest.reports())
    return GatewayCountsView.model_validate(counted)


# Not idempotent by key: the answer holds the signing key, and a stored answer would keep it.
@router.post("", status_code=201, dependencies=[MANAGE])
def create_gateway(
    body: GatewayCreate, response: Response, session: Db, actor: Actor
) -> GatewayCreated:
    """Make a gateway; its signing key is in this answer alone."""
    record, key = service.create_gateway(session, actor, body.name, body.site_id)
    return GatewayCreated(**_view(session, response, record).model_dump(), key=key.hex())


@router.get("/{gateway_id}", dependencies=[READ])
def read_gateway(gateway_id: str, response: Response, session: Db, actor: Actor) -> GatewayView:
    """Return one gateway."""
    return _view(session, response, service.get_gateway(session, actor, gateway_id))


@router.post("/{gateway_id}/revoke", dependencies=[MANAGE])
def revoke_gateway(
    gateway_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> GatewayView:
    """Refuse everything a gateway sends from now on; what it sent before stays."""
    revoked = service.revoke_gateway(session, actor, gateway_id, expected_version=if_match)
    return _view(session, response, revoked)


@router.post("/{gateway_id}/key/rotate", dependencies=[MANAGE])
def rotate_gateway_key(
    gateway_id: str,
    body: KeyRotate,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> GatewayView:
    """Offer a gateway a new signing key, which it takes up by itself; nothing it has taken is lost."""
    rotated = keys.rotate_key(
        session, actor, gateway_id, grace_days=body.grace_days, expected_version=if_match
    )
    return _view(session, response, rotated)


@router.post("/{gateway_id}/key/end-former", dependencies=[MANAGE])
def end_former_gateway_key(
    gateway_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> GatewayView:
    """Take nothing any more that a gateway's former key signed, grace period or not."""
    ended = keys.end_former_key(session, actor, gateway_id, expected_version=if_match)
    return _view(session, response, ended)


@router.get("/{gateway_id}/enrolment-tokens", dependencies=[READ])
def list_enrolment_tokens(gateway_id: str, session: Db, actor: Actor) -> EnrolmentTokenList:
    """List a gateway's enrolment tokens, newest first."""
    found = enrolment.list_tokens(session, actor, gateway_id)
    return EnrolmentTokenList(items=[EnrolmentTokenView.model_validate(token) for token in found])


# Not idempotent by key: the answer holds the token, and a stored answer would keep it.
@router.post("/{gateway_id}/enrolment-tokens", status_code=201, dependencies=[MANAGE])
def create_enrolment_token(
    gateway_id: str, body: EnrolmentTokenCreate, session: Db, actor: Actor
) -> EnrolmentTokenCreated:
    """Make a one-time token that turns a machine into this gateway; one not used before is void."""
    made = enrolment.create_token(session, actor, gateway_id, body.hours)
    assert made.secret is not None  # of a token that was just made
    return EnrolmentTokenCreated(
        **EnrolmentTokenView.model_validate(made).model_dump(),
        token=made.secret,
        command=enrol_command(settings(Platform).public_url.rstrip("/")),
    )


def enrol_command(url: str) -> str:
    """Return what to type at a gateway; without the token, as everybody there can see command lines."""
    insecure = " --allow-http" if urlsplit(url).scheme == "http" else ""
    return f"forewarn edge enrol --url {shlex.quote(url)}{insecure}"


@router.delete("/{gateway_id}/enrolment-tokens/{token_id}", status_code=204, dependencies=[MANAGE])
def revoke_enrolment_token(gateway_id: str, token_id: str, session: Db, actor: Actor) -> None:
    """End a token that was not used yet."""
    enrolment.revoke_token(session, actor, gateway_id, token_id)
