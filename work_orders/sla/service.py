"""What happens to tickets, told to their clocks; called within the transaction and under the ticket's lock.

`Ticket.due_at` is the end of the resolution clock and nothing else: written here alone, None while that clock
is paused. A ticket that no policy is for has no clocks and no due time, unless one was agreed.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from registry.assets.service import get_asset
from registry.organisations.service import get_organisation
from registry.permissions import PLATFORM
from work_orders.models import Ticket
from work_orders.rules import Action, Stage
from work_orders.sla import documents, repository
from work_orders.sla.clocks import Clock, Told, clocks, deadlines, plan
from work_orders.sla.history import History, after_move
from work_orders.sla.models import SlaSubject
from work_orders.sla.rules import Facts, Policy, Target, first_match


def begin(session: Session, ticket: Ticket, now: datetime, agreed: datetime | None) -> None:
    """Start the clocks of a new ticket, which may not be written yet; sets its `due_at`.

    `agreed` is an end agreed for this ticket alone; None leaves it to the policy.
    """
    subject = SlaSubject(
        id=ticket.id,
        kind="ticket",
        number=ticket.number,
        organisation_id=ticket.organisation_id,
        facts=documents.facts_document(facts_of(session, ticket)),
        history=documents.history_document(History(started_at=now, agreed_due_at=agreed)),
    )
    session.add(subject)
    session.flush()
    ticket.due_at = work_out(session, subject, now)


def moved(
    session: Session, ticket: Ticket, action: Action, hold_reason: str | None, now: datetime
) -> None:
    """Note a move of a locked ticket to the stage it is in now."""
    stage = Stage(ticket.stage)
    _after(session, ticket, now, lambda past: after_move(past, action, stage, hold_reason, now))


def said(session: Session, ticket: Ticket, *, by_customer: bool, now: datetime) -> None:
    """Note a message that the customer can read; locks the ticket, as every other note needs it locked."""
    repository.lock_ticket(session, ticket.id)
    _after(
        session, ticket, now, lambda past: past.asked(now) if by_customer else past.responded(now)
    )


def changed(
    session: Session, ticket: Ticket, now: datetime, agreed: datetime | None = None
) -> None:
    """Note that what a locked ticket is matched by may have changed, or that an end was agreed."""

    def change(past: History) -> History:
        return past if agreed is None else replace(past, agreed_due_at=agreed)

    _after(session, ticket, now, change)


def _after(
    session: Session, ticket: Ticket, now: datetime, change: Callable[[History], History]
) -> None:
    subject = repository.subject(session, ticket.id)
    if subject is None:
        return
    past = documents.history_of(subject.history)
    subject.history = documents.history_document(change(past))
    subject.facts = documents.facts_document(facts_of(session, ticket))
    due_at = work_out(session, subject, now)
    if due_at != ticket.due_at:
        ticket.due_at = due_at


def facts_of(session: Session, ticket: Ticket) -> Facts:
    """Return what policies for a ticket are matched by."""
    owner = get_organisation(session, PLATFORM, ticket.organisation_id)
    asset = get_asset(session, PLATFORM, ticket.asset_id) if ticket.asset_id else None
    return Facts(
        kind=str(ticket.kind),
        priority=str(ticket.priority),
        tier=owner.tier,
        category=ticket.fields.get("category"),
        asset_id=ticket.asset_id,
        model_id=asset.model_id if asset else None,
    )


def policies(session: Session) -> list[Policy]:
    """Return the policies in force, in their order."""
    return [documents.policy_of(row) for row in repository.policies(session)]


def clocks_under(session: Session, history: History, policy: Policy) -> list[Clock]:
    """Return the clocks that run by a policy."""
    calendars = {
        row.id: documents.calendar_from(row)
        for row in repository.calendars(session, archived=True)
        if any(spec.calendar_id == row.id for spec in policy.targets.values())
    }
    return clocks(history, policy, calendars)


def work_out(session: Session, subject: SlaSubject, now: datetime) -> datetime | None:
    """Choose the policy, write the deadlines, and return the end of the resolution clock.

    What was told already stays told unless its time has moved into the future.
    """
    history = documents.history_of(subject.history)
    policy = first_match(policies(session), documents.facts_of(subject.facts))
    running = [] if policy is None else clocks_under(session, history, policy)
    subject.policy_id = None if policy is None else policy.id
    subject.open, subject.stale = history.ended_at is None, False
    wanted = [] if policy is None else deadlines(running, policy)
    kept = repository.lock_deadlines(session, subject.id)
    planned = plan([Told(row.key, row.due_at, row.fired_at) for row in kept], wanted, now)
    repository.drop_deadlines(session, subject.id, planned.drop)
    repository.put_deadlines(
        session,
        [
            {
                "subject_id": subject.id,
                "key": each.key,
                "target": str(each.target),
                "step": str(each.step),
                "share": each.share,
                "level": each.level,
                "due_at": each.due_at,
                "fired_at": None,
                "recipients": documents.recipients_document(each.recipients),
                "channels": list(each.channels),
            }
            for each in planned.put
        ],
    )
    ends = [clock.due_at for clock in running if clock.target is Target.RESOLUTION]
    return ends[0] if ends else history.agreed_due_at
