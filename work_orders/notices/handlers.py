"""Who is told of what: facts become notices, once for each event and channel.

The platform reads tickets here; what a recipient is told is what that recipient may see.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy.orm import Session

from anomaly.events import AlarmRaised
from kernel.outbox import event_id_of, subscribe
from kernel.paging import PageRequest
from registry.identity.service import PeopleFilter, list_people, principal_for
from registry.names import asset_names, organisation_names, people_names
from registry.permissions import PLATFORM, Principal
from work_orders.events import (
    MessageAdded,
    PersonMentioned,
    SlaBreached,
    SlaEscalated,
    SlaWarned,
    TicketMoved,
)
from work_orders.models import Ticket, TimelineEntry
from work_orders.notices import repository, wording
from work_orders.notices.rules import Topic
from work_orders.notices.service import Occasion, notify
from work_orders.notices.shipped import word
from work_orders.rules import Action
from work_orders.tickets import repository as tickets
from work_orders.tickets.views import is_staff

# A role may have many people; these many of one are told.
ROLE_PEOPLE_MAX: Final = 200

# Values that are codes; the others are what people wrote.
_CODES: Final = frozenset({"stage", "from_stage"})

_READ: Final = {"complaint": "complaints.read", "work_order": "work_orders.read"}


def _tell(
    session: Session,
    person_ids: Iterable[str | None],
    occasion: Occasion,
    ticket: Ticket,
    extra: Mapping[str, str],
) -> None:
    for person_id in sorted({each for each in person_ids if each is not None}):
        reader = principal_for(session, person_id)
        if (
            reader is None
            or not reader.sees(ticket.organisation_id)
            or not reader.may(_READ[ticket.family])
        ):
            continue
        language = wording.language_of(reader)
        named = {
            name: word(language, value) if name in _CODES else value
            for name, value in extra.items()
        }

        def values(
            zone: str, reader: Principal = reader, named: Mapping[str, str] = named
        ) -> dict[str, str]:
            return {**wording.ticket_values(session, ticket, reader, zone), **named}

        notify(session, reader, occasion, values)


def _occasion(session: Session, topic: Topic, ticket: Ticket) -> Occasion:
    return Occasion(event_id_of(session), topic, ticket.id, ticket.priority)


@subscribe(TicketMoved, "work_orders.notices.ticket_moved")
def on_ticket_moved(session: Session, event: TicketMoved) -> None:
    """Tell whoever got a ticket, and of a move its assignee and who made it; never who did it."""
    ticket = tickets.any_ticket(session, event.ticket_id)
    if ticket is None:
        return
    actor = people_names(session, [event.actor_id] if event.actor_id else [])
    extra = {
        "actor": actor.get(event.actor_id or "", PLATFORM.name),
        "reason": event.reason or "",
        "from_stage": event.from_stage or "",
        "stage": event.to_stage,
    }
    assigned = event.action == Action.ASSIGN
    if assigned and ticket.assignee_id != event.actor_id:
        occasion = _occasion(session, Topic.TICKET_ASSIGNED, ticket)
        _tell(session, [ticket.assignee_id], occasion, ticket, {})
    if event.from_stage is not None:
        others = {ticket.created_by, None if assigned else ticket.assignee_id} - {event.actor_id}
        _tell(session, others, _occasion(session, Topic.STAGE_CHANGED, ticket), ticket, extra)


@subscribe(PersonMentioned, "work_orders.notices.person_mentioned")
def on_person_mentioned(session: Session, event: PersonMentioned) -> None:
    """Tell somebody who was named."""
    ticket = tickets.any_ticket(session, event.ticket_id)
    entry = session.get(TimelineEntry, event.entry_id)
    if ticket is None or entry is None:
        return
    reader = principal_for(session, event.person_id)
    if reader is None or (entry.internal and not is_staff(reader)):
        return
    extra = {"actor": entry.actor_name, "text": entry.text or ""}
    _tell(session, [event.person_id], _occasion(session, Topic.MENTIONED, ticket), ticket, extra)


@subscribe(MessageAdded, "work_orders.notices.message_added")
def on_message_added(session: Session, event: MessageAdded) -> None:
    """Tell the assignee what was said, and who made the ticket what was said to them."""
    ticket = tickets.any_ticket(session, event.ticket_id)
    entry = session.get(TimelineEntry, event.entry_id)
    if ticket is None or entry is None:
        return
    told = {ticket.assignee_id, None if event.internal else ticket.created_by} - {entry.actor_id}
    extra = {"actor": entry.actor_name, "text": entry.text or ""}
    _tell(session, told, _occasion(session, Topic.MESSAGE_ADDED, ticket), ticket, extra)


@subscribe(SlaWarned, "work_orders.notices.sla_warned")
def on_sla_warned(session: Session, event: SlaWarned) -> None:
    """Tell whom the policy names that time runs out."""
    _tell_of_clock(session, event, Topic.SLA_WARNED)


@subscribe(SlaBreached, "work_orders.notices.sla_breached")
def on_sla_breached(session: Session, event: SlaBreached) -> None:
    """Tell whom the policy names that a target was missed."""
    _tell_of_clock(session, event, Topic.SLA_BREACHED)


@subscribe(SlaEscalated, "work_orders.notices.sla_escalated")
def on_sla_escalated(session: Session, event: SlaEscalated) -> None:
    """Tell whom the escalation names, also through the channels it names."""
    _tell_of_clock(session, event, Topic.SLA_ESCALATED)


def _tell_of_clock(
    session: Session, event: SlaWarned | SlaBreached | SlaEscalated, topic: Topic
) -> None:
    ticket = tickets.any_ticket(session, event.ticket_id)
    if ticket is None:  # a claim's clock: its desk reads it on the claim
        return
    people = set(event.recipients.user_ids)
    for role in event.recipients.roles:
        people |= _people_of(session, role, ticket.organisation_id)
    level = event.level if isinstance(event, SlaEscalated) else None
    also = tuple(event.channels) if isinstance(event, SlaEscalated) else ()
    occasion = Occasion(event_id_of(session), topic, ticket.id, ticket.priority, also)
    for person_id in sorted(people):
        reader = principal_for(session, person_id)
        if reader is None or not reader.sees(ticket.organisation_id):
            continue
        if not reader.may(_READ[ticket.family]):
            continue

        def values(zone: str, reader: Principal = reader) -> dict[str, str]:
            return {
                **wording.ticket_values(session, ticket, reader, zone),
                "target": word(wording.language_of(reader), event.target),
                "target_due": wording.moment(event.due_at, zone),
                "share": f"{event.share:.0%}",
                "level": "" if level is None else str(level),
            }

        notify(session, reader, occasion, values)


def _people_of(session: Session, role: str, organisation_id: str) -> set[str]:
    """Return the people of a role who belong to the manufacturer or to whose ticket it is."""
    wanted = PeopleFilter(role=role, active=True)
    found = list_people(session, PLATFORM, wanted, PageRequest(limit=ROLE_PEOPLE_MAX))
    return {
        each.id
        for each in found.items
        if (reader := principal_for(session, each.id)) is not None and reader.sees(organisation_id)
    }


@subscribe(AlarmRaised, "work_orders.notices.alarm_raised")
def on_alarm_raised(session: Session, event: AlarmRaised) -> None:
    """Tell of a live alarm everybody who wants to hear of alarms and may see it."""
    if event.historical:
        return
    asset = asset_names(session, [event.asset_id]).get(event.asset_id)
    customer = organisation_names(session, [event.organisation_id]).get(event.organisation_id, "")
    occasion = Occasion(event_id_of(session), Topic.ALARM_RAISED, event.alarm_id, event.severity)
    for person_id in repository.people_told_of(session, Topic.ALARM_RAISED):
        reader = principal_for(session, person_id)
        if (
            reader is None
            or not reader.may("alarms.read")
            or not reader.sees(event.organisation_id)
        ):
            continue
        language = wording.language_of(reader)
        values = {
            "name": reader.name,
            "severity": word(language, event.severity),
            "machine": f"{asset.name} ({asset.serial_number})" if asset else event.asset_id,
            "customer": customer,
            "summary": event.summary.get(language) or event.summary.get("en", ""),
            "link": f"{wording.own_address()}alarms/{event.alarm_id}",
        }
        notify(session, reader, occasion, lambda _, values=values: values)  # type: ignore[misc]  # bound now
