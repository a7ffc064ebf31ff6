"""Coverage: ask about any machine, part and day; policies; registrations; what is fitted."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.base import Line
from api.schemas.coverage import (
    CoverageView,
    FittingList,
    Meter,
    PolicyCreate,
    PolicyEnd,
    PolicyView,
    RegistrationIn,
    RegistrationView,
)
from warranty_parts import service

router = ApiRouter(tags=["coverage"])

READ = requires("claims.read")
MANAGE = requires("policies.manage")

On = Annotated[date, Query(description="The day asked about", examples=["2026-06-01"])]
MeterQuery = Annotated[Meter | None, Query(description="What the meter showed that day")]
PartQuery = Annotated[
    str | None, Query(max_length=200, description="A part; without it, the machine")
]
PositionQuery = Annotated[
    str | None, Query(max_length=200, description="Where the part sits, if there are several")
]


@router.get("/coverage", dependencies=[READ])
def read_coverage(
    session: Db,
    actor: Actor,
    serial: Annotated[Line, Query(description="The machine's serial number, in any spelling")],
    on: On,
    meter: MeterQuery = None,
    part_number: PartQuery = None,
    position: PositionQuery = None,
) -> CoverageView:
    """Tell whether a machine, or a part of it, is covered on a day, until when and why."""
    answer = service.coverage_by_serial(
        session, actor, serial, on, meter, part_number=part_number, position=position
    )
    return CoverageView.model_validate(answer.as_json())


@router.get("/assets/{asset_id}/coverage", dependencies=[READ])
def read_asset_coverage(
    asset_id: str,
    session: Db,
    actor: Actor,
    on: On,
    meter: MeterQuery = None,
    part_number: PartQuery = None,
    position: PositionQuery = None,
) -> CoverageView:
    """Tell whether an asset, or a part of it, is covered on a day, until when and why."""
    answer = service.coverage(
        session, actor, asset_id, on, meter, part_number=part_number, position=position
    )
    return CoverageView.model_validate(answer.as_json())


@router.get("/assets/{asset_id}/fittings", dependencies=[requires("assets.read")])
def list_asset_fittings(asset_id: str, session: Db, actor: Actor) -> FittingList:
    """Return which pieces sit, and sat, where in a machine."""
    return FittingList.of(service.fittings_of_asset(session, actor, asset_id))


@router.get("/assets/{asset_id}/registration", dependencies=[READ])
def read_registration(
    asset_id: str, response: Response, session: Db, actor: Actor
) -> RegistrationView:
    """Return a machine's registration for warranty."""
    found = service.get_registration(session, actor, asset_id)
    set_etag(response, found.version)
    return RegistrationView.model_validate(found)


@router.put("/assets/{asset_id}/registration", dependencies=[requires("assets.write")])
def register_machine(
    asset_id: str,
    body: RegistrationIn,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> RegistrationView:
    """Register a machine for warranty, or correct its registration."""
    made = service.register_machine(
        session,
        actor,
        asset_id,
        invoiced_on=body.invoiced_on,
        installed_on=body.installed_on,
        expected_version=if_match,
    )
    set_etag(response, made.version)
    return RegistrationView.model_validate(made)


@router.get("/policies", dependencies=[READ])
def list_policies(session: Db, actor: Actor, page: PageQuery) -> Page[PolicyView]:
    """List policies, the newest first."""
    rows = service.list_policies(session, actor, page)
    return Page[PolicyView].of(rows, PolicyView.model_validate)


@router.post("/policies", status_code=201, dependencies=[MANAGE, Idempotent])
def create_policy(body: PolicyCreate, response: Response, session: Db, actor: Actor) -> PolicyView:
    """Make a policy; it is never changed afterwards, newer terms take effect from their own date."""
    made = service.create_policy(session, actor, body.to_domain())
    set_etag(response, made.version)
    return PolicyView.model_validate(made)


@router.get("/policies/{policy_id}", dependencies=[READ])
def read_policy(policy_id: str, response: Response, session: Db, actor: Actor) -> PolicyView:
    """Return one policy."""
    found = service.get_policy(session, actor, policy_id)
    set_etag(response, found.version)
    return PolicyView.model_validate(found)


@router.post("/policies/{policy_id}/end", dependencies=[MANAGE])
def end_policy(
    policy_id: str,
    body: PolicyEnd,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> PolicyView:
    """Let a policy apply to no warranty that starts later; those before keep it."""
    changed = service.end_policy(
        session, actor, policy_id, effective_to=body.effective_to, expected_version=if_match
    )
    set_etag(response, changed.version)
    return PolicyView.model_validate(changed)
