"""Tickets as others see them: frozen facts, with names from the registry and only what the reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from registry.names import AssetName, asset_names, organisation_names, people_names
from registry.permissions import Principal
from work_orders.models import Ticket, TicketAlarm, TicketPart, TimelineEntry
from work_orders.rules import OPEN_STAGES, ORDER_KINDS, Stage, TicketKind
from work_orders.tickets import repository


@dataclass(frozen=True)
class TicketFacts:
    """One ticket, complaint or order.

    Attributes:
        dispatch: why the assignee was chosen, or why nobody was; None when nobody asked.
        reason: for an order from an alarm: `summary` in both languages, `cause`, `contributors`.
        worst: the worst alarm so far: `alarm_id`, `severity`, `cause`, `at`.
        fields: what belongs to the kind alone, such as a complaint's category.
    """

    id: str
    number: str
    kind: str
    family: str
    origin: str
    organisation_id: str
    organisation_name: str
    asset_id: str | None
    asset_serial: str | None
    asset_name: str | None
    title: str
    description: str
    priority: str
    failure_mode: str
    stage: str
    stage_since: datetime
    hold_reason: str | None
    assignee_id: str | None
    assignee_name: str | None
    dispatch: dict[str, Any] | None
    reason: dict[str, Any] | None
    alarm_count: int
    worst: dict[str, Any] | None
    fields: dict[str, Any]
    cause: str | None
    remedy: str | None
    findings: str | None
    labour_minutes: int | None
    performed_on: date | None
    due_at: datetime | None
    created_at: datetime
    created_by: str | None
    closed_at: datetime | None
    version: int

    @property
    def open(self) -> bool:
        """Tell whether it is neither closed nor cancelled."""
        return Stage(self.stage) in OPEN_STAGES


ALARMS_SHOWN_MAX = 100

_COPIED = (
    "id", "number", "kind", "family", "origin", "organisation_id", "asset_id", "title", "description",
    "priority", "failure_mode", "stage", "stage_since", "hold_reason", "assignee_id", "reason",
    "alarm_count", "worst", "fields", "cause", "remedy", "findings", "labour_minutes", "performed_on",
    "due_at", "created_at", "created_by", "closed_at", "version",
)  # fmt: skip


@dataclass(frozen=True)
class TimelineFacts:
    """One entry of the timeline."""

    id: int
    event_at: datetime
    actor_id: str | None
    actor_name: str
    kind: str
    internal: bool
    text: str | None
    data: dict[str, Any]


@dataclass(frozen=True)
class LinkFacts:
    """Another ticket that belongs to this one; `by_rule` when the platform made the link.

    `summary` says in both languages what its alarm says; None where it was made from none.
    """

    ticket_id: str
    number: str
    kind: str
    title: str
    summary: dict[str, str] | None
    stage: str
    link: str
    by_rule: bool
    made_at: datetime


@dataclass(frozen=True)
class AlarmFacts:
    """An alarm behind an order."""

    alarm_id: str
    severity: str
    onset_at: datetime
    raised_at: datetime
    cleared_at: datetime | None
    cause: dict[str, Any]
    summary: dict[str, Any]


@dataclass(frozen=True)
class PartFacts:
    """A part replaced while working on an order."""

    part_number: str
    position: str
    failed_serial: str | None
    replacement_serial: str | None
    quantity: int
    fitted_on: date
    fitting_id: str


@dataclass(frozen=True)
class WatcherFacts:
    """Somebody who follows the ticket."""

    id: str
    name: str


@dataclass(frozen=True)
class TicketDetail:
    """One ticket with everything around it, as one reader may see it.

    Attributes:
        alarms: the newest of them; `ticket.alarm_count` counts all.
        allowed_actions: what this reader could do to it now.
        suggestions: open orders on a complaint's asset that are not linked to it.
        watchers: ids and names of who follows it; for staff.
        watching: whether this reader follows it.
    """

    ticket: TicketFacts
    timeline: list[TimelineFacts]
    links: list[LinkFacts]
    alarms: list[AlarmFacts]
    parts: list[PartFacts]
    allowed_actions: list[str]
    suggestions: list[LinkFacts]
    watchers: list[WatcherFacts]
    watching: bool


def is_staff(reader: Principal) -> bool:
    """Tell whether somebody belongs to the manufacturer, and so sees what is internal."""
    return reader.scope is None


def facts(session: Session, reader: Principal, tickets: Sequence[Ticket]) -> list[TicketFacts]:
    """Return tickets with their names, three queries for any number of them."""
    assets = asset_names(session, {row.asset_id for row in tickets if row.asset_id})
    people = people_names(session, {row.assignee_id for row in tickets if row.assignee_id})
    owners = organisation_names(session, {row.organisation_id for row in tickets})
    nameless = AssetName("", "")
    return [
        TicketFacts(
            **{name: getattr(row, name) for name in _COPIED},
            organisation_name=owners.get(row.organisation_id, ""),
            asset_serial=assets.get(row.asset_id, nameless).serial_number if row.asset_id else None,
            asset_name=assets.get(row.asset_id, nameless).name if row.asset_id else None,
            assignee_name=people.get(row.assignee_id, "") if row.assignee_id else None,
            # Who was considered is the manufacturer's own affair.
            dispatch=row.dispatch if is_staff(reader) else None,
        )
        for row in tickets
    ]


def fact(session: Session, reader: Principal, ticket: Ticket) -> TicketFacts:
    """Return one ticket with its names."""
    return facts(session, reader, [ticket])[0]


def detail(
    session: Session, reader: Principal, ticket: Ticket, allowed_actions: list[str]
) -> TicketDetail:
    """Return one ticket with everything around it."""
    links = _links(session, reader, ticket)
    watchers = _watchers(session, ticket)
    return TicketDetail(
        ticket=fact(session, reader, ticket),
        timeline=[
            _entry(row)
            for row in repository.timeline(session, ticket.id, internal=is_staff(reader))
        ],
        links=links,
        alarms=[
            _alarm(row) for row in repository.newest_alarms(session, ticket.id, ALARMS_SHOWN_MAX)
        ],
        parts=[part_facts(row) for row in repository.parts(session, ticket.id)],
        allowed_actions=allowed_actions,
        suggestions=_suggestions(session, ticket, {link.ticket_id for link in links}),
        watchers=watchers if is_staff(reader) else [],
        watching=reader.person_id in {each.id for each in watchers},
    )


def _watchers(session: Session, ticket: Ticket) -> list[WatcherFacts]:
    ids = [row.person_id for row in repository.watchers(session, ticket.id)]
    names = people_names(session, ids)
    return [WatcherFacts(each, names[each]) for each in ids if each in names]


def _entry(row: TimelineEntry) -> TimelineFacts:
    return TimelineFacts(
        id=row.id,
        event_at=row.event_at,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        kind=row.kind,
        internal=row.internal,
        text=row.text,
        data=row.data,
    )


def _alarm(row: TicketAlarm) -> AlarmFacts:
    return AlarmFacts(
        alarm_id=row.alarm_id,
        severity=row.severity,
        onset_at=row.onset_at,
        raised_at=row.raised_at,
        cleared_at=row.cleared_at,
        cause=row.cause,
        summary=row.summary,
    )


def part_facts(row: TicketPart) -> PartFacts:
    """Return a replaced part."""
    return PartFacts(
        part_number=row.part_number,
        position=row.position,
        failed_serial=row.failed_serial,
        replacement_serial=row.replacement_serial,
        quantity=row.quantity,
        fitted_on=row.fitted_on,
        fitting_id=row.fitting_id,
    )


def _links(session: Session, reader: Principal, ticket: Ticket) -> list[LinkFacts]:
    rows = {
        row.other_id if row.ticket_id == ticket.id else row.ticket_id: row
        for row in repository.links(session, ticket.id)
    }
    others = repository.tickets_by_id(session, list(rows))
    return [
        _link_facts(others[other_id], row.kind, row.made_at, by_rule=row.by_rule)
        for other_id, row in rows.items()
        if reader.sees(others[other_id].organisation_id)
    ]


def _link_facts(other: Ticket, link: str, made_at: datetime, *, by_rule: bool) -> LinkFacts:
    return LinkFacts(
        ticket_id=other.id,
        number=other.number,
        kind=other.kind,
        title=other.title,
        summary=(other.reason or {}).get("summary"),
        stage=other.stage,
        link=link,
        by_rule=by_rule,
        made_at=made_at,
    )


def _suggestions(session: Session, ticket: Ticket, linked: set[str]) -> list[LinkFacts]:
    if ticket.kind != TicketKind.COMPLAINT or ticket.asset_id is None or ticket.closed_at:
        return []
    return [
        _link_facts(order, "same_failure", order.created_at, by_rule=False)
        for order in repository.open_tickets_of_asset(
            session, ticket.asset_id, ticket.organisation_id, ORDER_KINDS
        )
        if order.id not in linked
    ]
