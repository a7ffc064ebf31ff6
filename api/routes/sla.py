"""Promised times: policies, business calendars, and the clocks of tickets."""

from typing import Annotated

from fastapi import Query, Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.routing import ApiRouter
from api.schemas.sla import (
    CalendarIn,
    CalendarList,
    CalendarView,
    SlaDayView,
    SlaLookedView,
    SlaLookIn,
    SlaLookView,
    SlaMonthIn,
    SlaMonthView,
    SlaPolicyIn,
    SlaPolicyList,
    SlaPolicyView,
    SlaTryIn,
    SlaTryView,
    TicketClocksList,
    TicketClocksView,
)
from work_orders.sla import calendars, policies, views

router = ApiRouter(prefix="/sla", tags=["sla"])

MANAGE = requires("sla.manage")
Archived = Annotated[bool, Query(description="Those put away too")]


def _calendar(response: Response, facts: calendars.CalendarFacts) -> CalendarView:
    set_etag(response, facts.version)
    return CalendarView.of(facts)


def _policy(response: Response, facts: policies.PolicyFacts) -> SlaPolicyView:
    set_etag(response, facts.version)
    return SlaPolicyView.of(facts)


@router.get("/clocks", dependencies=[requires("work_orders.read")])
def read_clocks(
    session: Db,
    actor: Actor,
    ticket_id: Annotated[list[str], Query(min_length=1, max_length=200)],
) -> TicketClocksList:
    """Return the clocks of tickets as they stand now; tickets out of sight are left out."""
    found = views.clocks_of(session, actor, ticket_id)
    return TicketClocksList(items=[TicketClocksView.model_validate(each) for each in found])


@router.get("/calendars", dependencies=[MANAGE])
def list_calendars(session: Db, actor: Actor, archived: Archived = False) -> CalendarList:
    """List business calendars by name."""
    rows = calendars.list_calendars(session, actor, archived=archived)
    return CalendarList(items=[CalendarView.of(each) for each in rows])


@router.post("/calendars", status_code=201, dependencies=[MANAGE, Idempotent])
def create_calendar(
    body: CalendarIn, response: Response, session: Db, actor: Actor
) -> CalendarView:
    """Make a business calendar."""
    made = calendars.create_calendar(session, actor, body.name, body.spec.to_domain())
    return _calendar(response, made)


@router.put("/calendars/{calendar_id}", dependencies=[MANAGE])
def update_calendar(
    calendar_id: str,
    body: CalendarIn,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> CalendarView:
    """Change a business calendar; what is open is worked out anew."""
    changed = calendars.update_calendar(
        session, actor, calendar_id, body.name, body.spec.to_domain(), expected_version=if_match
    )
    return _calendar(response, changed)


@router.post("/calendars/{calendar_id}/archive", dependencies=[MANAGE])
def archive_calendar(
    calendar_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> CalendarView:
    """Put a calendar away that no policy counts by."""
    row = calendars.archive_calendar(session, actor, calendar_id, expected_version=if_match)
    return _calendar(response, row)


@router.post("/calendars/preview", dependencies=[MANAGE])
def preview_calendar(body: SlaMonthIn, actor: Actor) -> SlaMonthView:
    """Return the days of a month as a calendar has them, holidays by name; nothing is kept."""
    days = calendars.preview(actor, body.spec.to_domain(), body.year, body.month)
    return SlaMonthView(items=[SlaDayView.of(each) for each in days])


@router.post("/calendars/try", dependencies=[MANAGE])
def try_calendar(body: SlaTryIn, actor: Actor) -> SlaTryView:
    """Return when so many minutes of working time from an instant are over; nothing is kept."""
    ends = calendars.try_out(actor, body.spec.to_domain(), body.starts_at, body.minutes)
    return SlaTryView(ends_at=ends)


@router.get("/policies", dependencies=[MANAGE])
def list_sla_policies(session: Db, actor: Actor, archived: Archived = False) -> SlaPolicyList:
    """List SLA policies in the order in which they are looked at."""
    rows = policies.list_policies(session, actor, archived=archived)
    return SlaPolicyList(items=[SlaPolicyView.of(each) for each in rows])


@router.post("/policies", status_code=201, dependencies=[MANAGE, Idempotent])
def create_sla_policy(
    body: SlaPolicyIn, response: Response, session: Db, actor: Actor
) -> SlaPolicyView:
    """Make an SLA policy; its place must be free."""
    made = policies.create_policy(session, actor, body.name, body.position, body.to_domain())
    return _policy(response, made)


@router.put("/policies/{policy_id}", dependencies=[MANAGE])
def update_sla_policy(
    policy_id: str,
    body: SlaPolicyIn,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> SlaPolicyView:
    """Change an SLA policy; what is open is worked out anew."""
    changed = policies.update_policy(
        session,
        actor,
        body.name,
        body.position,
        body.to_domain(policy_id),
        expected_version=if_match,
    )
    return _policy(response, changed)


@router.post("/policies/{policy_id}/archive", dependencies=[MANAGE])
def archive_sla_policy(
    policy_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> SlaPolicyView:
    """Put an SLA policy away."""
    row = policies.archive_policy(session, actor, policy_id, expected_version=if_match)
    return _policy(response, row)


@router.post("/policies/match", dependencies=[MANAGE])
def which_policy(body: SlaLookIn, session: Db, actor: Actor) -> SlaLookView:
    """Return which policy would count for a ticket, and why the others would not; nothing is kept."""
    found, looked = policies.which_policy(session, actor, body.to_domain())
    return SlaLookView(
        policy_id=found, looked=[SlaLookedView.model_validate(each) for each in looked]
    )
