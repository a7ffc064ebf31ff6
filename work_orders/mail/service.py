"""Verbs of the desk on letters: look at them, decide about those that wait, send one again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.paging import PageRequest, Slice
from kernel.settings import settings
from registry import audit
from registry.permissions import Principal
from work_orders.mail import mailbox, repository, sending, taking
from work_orders.mail.errors import AlreadyDecided
from work_orders.mail.models import MailMessage
from work_orders.mail.reading import read
from work_orders.mail.rules import State
from work_orders.mail.settings import Mail
from work_orders.models import Ticket
from work_orders.tickets import fields as written
from work_orders.tickets import service as tickets

NEEDS = "complaints.handle"


@dataclass(frozen=True)
class MailFacts:
    """A letter as the desk sees it; see `work_orders.mail.models.MailMessage`."""

    id: str
    direction: str
    state: str
    reason: str | None
    detail: str
    sender: str
    sender_name: str
    recipient: str
    subject: str
    size_bytes: int
    ticket_id: str | None
    ticket_number: str | None
    ticket_family: str | None
    attempts: int
    next_attempt_at: datetime | None
    at: datetime


@dataclass(frozen=True)
class MailDetail:
    """A letter with its text."""

    mail: MailFacts
    body: str


@dataclass(frozen=True)
class MailSetup:
    """Whether letters are fetched and sent; when the mailbox was looked into, and what was wrong then."""

    fetches: bool
    sends: bool
    problem: str | None
    looked_at: datetime | None


def _facts(row: MailMessage, ticket: Ticket | None = None) -> MailFacts:
    names = set(MailFacts.__dataclass_fields__) - {"ticket_number", "ticket_family"}
    return MailFacts(
        **{name: getattr(row, name) for name in names},
        ticket_number=ticket.number if ticket else None,
        ticket_family=ticket.family if ticket else None,
    )


def _with_tickets(session: Session, rows: Sequence[MailMessage]) -> list[MailFacts]:
    found = repository.tickets(session, {row.ticket_id for row in rows if row.ticket_id})
    return [_facts(row, found.get(row.ticket_id or "")) for row in rows]


def setup(session: Session, actor: Principal) -> MailSetup:
    """Tell what is set up.

    Raises:
        Forbidden, NotFound.
    """
    _require(actor)
    row = repository.mailbox(session, mailbox.name_of(settings(Mail)))
    return MailSetup(
        fetches=mailbox.is_on(),
        sends=sending.is_on(),
        problem=row.problem if row else None,
        looked_at=row.looked_at if row else None,
    )


def list_mail(
    session: Session, actor: Principal, states: Sequence[State] | None, page: PageRequest
) -> Slice[MailFacts]:
    """Return letters, the newest first.

    Raises:
        Forbidden: only the desk reads them; a letter's writer may be anybody.
    """
    _require(actor)
    rows = repository.messages(session, states, page)
    cut = Slice.cut(rows, page.limit, lambda row: (row.id,))
    return Slice(_with_tickets(session, cut.items), cut.next_key)


def get_mail(session: Session, actor: Principal, mail_id: str) -> MailDetail:
    """Return a letter with its text.

    Raises:
        Forbidden, NotFound.
    """
    _require(actor)
    row = _find(session, mail_id)
    return MailDetail(_with_tickets(session, [row])[0], row.body)


def open_complaint(
    session: Session, actor: Principal, mail_id: str, organisation_id: str
) -> MailFacts:
    """Make a complaint of a letter that waits; its writer is told.

    Raises:
        Forbidden, NotFound, AlreadyDecided.
        ForewarnError: what `create_complaint` raises; the letter waits on.
    """
    row, raw = _held(session, actor, mail_id)
    now = utc_now()
    taking.open_complaint(session, actor, read(raw), row, now=now, organisation_id=organisation_id)
    return _decided(session, actor, row, "opened")


def add_to_ticket(session: Session, actor: Principal, mail_id: str, ticket_id: str) -> MailFacts:
    """Put a letter that waits on a ticket, as an internal word: whoever wrote it is not who it says it is of.

    Raises:
        Forbidden, NotFound, AlreadyDecided, InvalidText.
    """
    row, raw = _held(session, actor, mail_id)
    ticket = tickets.find_any(session, actor, ticket_id)
    taking.add_word(session, actor, ticket, read(raw), row, now=utc_now())
    return _decided(session, actor, row, "added")


def discard(session: Session, actor: Principal, mail_id: str, reason: str) -> MailFacts:
    """Put a letter that waits aside, for a reason; its words stay on record, its files do not.

    Raises:
        Forbidden, NotFound, AlreadyDecided, InvalidText.
    """
    written.plain_text("reason", reason, written.SHORT_LENGTH_MAX)
    row, _ = _held(session, actor, mail_id)
    row.state, row.raw, row.detail = State.DISCARDED, None, reason
    return _decided(session, actor, row, "discarded", reason=reason)


def send_again(session: Session, actor: Principal, mail_id: str) -> MailFacts:
    """Let a letter that was given up be sent once more, with all its attempts.

    Raises:
        Forbidden, NotFound.
        AlreadyDecided: it was not given up.
    """
    _require(actor)
    row = _find(session, mail_id, lock=True)
    if row.state != State.FAILED:
        raise AlreadyDecided("this letter was not given up")
    row.state, row.attempts, row.next_attempt_at = State.WAITING, 0, utc_now()
    return _decided(session, actor, row, "sent_again")


def _require(actor: Principal) -> None:
    actor.require(NEEDS)
    if actor.scope is not None:
        raise NotFound("letters are for the manufacturer's desk")


def _find(session: Session, mail_id: str, *, lock: bool = False) -> MailMessage:
    row = repository.message(session, mail_id, lock=lock)
    if row is None:
        raise NotFound(f"no letter {mail_id}")
    return row


def _held(session: Session, actor: Principal, mail_id: str) -> tuple[MailMessage, bytes]:
    _require(actor)
    row = _find(session, mail_id, lock=True)
    raw = repository.raw_of(session, mail_id)
    if row.state != State.HELD or raw is None:
        raise AlreadyDecided(f"this letter is {row.state} already")
    return row, raw


def _decided(
    session: Session, actor: Principal, row: MailMessage, verb: str, reason: str | None = None
) -> MailFacts:
    before = State.FAILED if verb == "sent_again" else State.HELD
    row.decided_by = actor.person_id
    session.flush()
    audit.record(
        session,
        actor,
        f"mail.{verb}",
        "mail",
        row.id,
        organisation_id=actor.organisation_id,
        changes={"state": [before, row.state], "ticket_id": [None, row.ticket_id]},
        reason=reason,
    )
    return _with_tickets(session, [row])[0]
