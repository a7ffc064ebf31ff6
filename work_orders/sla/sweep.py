"""Taking deadlines that are due: each is told once, whoever looks and however often they are killed.

A deadline is a row. Whoever locks it sets `fired_at` and publishes the fact in one transaction; a worker
that dies leaves both undone, and the next one does both. Two workers skip each other's rows.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from kernel.changes import announce
from kernel.clock import utc_now
from kernel.events import Event
from kernel.outbox import publish
from work_orders.events import SlaBreached, SlaEscalated, SlaRecipients, SlaWarned
from work_orders.sla import repository
from work_orders.sla.claims import still_waits, work_out_claim
from work_orders.sla.clocks import Step
from work_orders.sla.documents import facts_document, facts_of
from work_orders.sla.models import SlaDeadline, SlaSubject
from work_orders.sla.rules import CLAIM
from work_orders.sla.service import facts_of as facts_of_ticket
from work_orders.sla.service import work_out

BATCH = 200


def tell_due(session: Session, limit: int = BATCH) -> int:
    """Tell what is due; return how many deadlines were taken. Any number may run at once."""
    now = utc_now()
    due = repository.take_due(session, now, limit)
    ids = {row.subject_id for row in due}
    subjects = {each.id: each for each in repository.subjects(session, ids)}
    assignees = repository.assignees(session, ids)
    for row in due:
        row.fired_at = now
        subject = subjects[row.subject_id]
        if subject.kind != CLAIM or still_waits(session, subject.id):
            publish(session, _event(row, subject, assignees.get(subject.id)))
            kind = CLAIM if subject.kind == CLAIM else _family(subject)
            announce(session, kind, subject.id, subject.organisation_id)
    return len(due)


def _family(subject: SlaSubject) -> str:
    return "complaint" if facts_of(subject.facts).kind == "complaint" else "work_order"


def _event(row: SlaDeadline, subject: SlaSubject, assignee_id: str | None) -> Event:
    assert row.due_at is not None  # it was due
    facts = facts_of(subject.facts)
    people = [*row.recipients["user_ids"]]
    if assignee_id is not None and assignee_id not in people:
        people.append(assignee_id)
    common = {
        "ticket_id": subject.id,
        "number": subject.number,
        "kind": facts.kind,
        "organisation_id": subject.organisation_id,
        "priority": facts.priority,
        "target": row.target,
        "share": row.share,
        "due_at": row.due_at,
        "recipients": SlaRecipients(user_ids=people, roles=row.recipients["roles"]),
    }
    if row.step == Step.WARN:
        return SlaWarned.model_validate(common)
    if row.step == Step.BREACH:
        return SlaBreached.model_validate(common)
    return SlaEscalated.model_validate({**common, "level": row.level, "channels": row.channels})


def renew_stale(session: Session, limit: int = BATCH) -> int:
    """Work out anew what a changed policy or calendar concerns; return how many were done.

    A ticket somebody works on just now is left for the next time; nobody waits.
    """
    done = 0
    now = utc_now()
    for subject_id, kind in repository.stale_ids(session, limit):
        if kind == CLAIM:
            done += work_out_claim(session, subject_id, now)
        else:
            done += _renew_ticket(session, subject_id, now)
    return done


def _renew_ticket(session: Session, ticket_id: str, now: datetime) -> bool:
    ticket = repository.try_lock_ticket(session, ticket_id)
    if ticket is None:
        return False
    subject = repository.subject(session, ticket_id)
    if subject is None or not subject.stale:
        return False
    subject.facts = facts_document(facts_of_ticket(session, ticket))
    repository.set_due_at(session, ticket_id, work_out(session, subject, now))
    announce(session, ticket.family, ticket.id, ticket.organisation_id)
    return True
