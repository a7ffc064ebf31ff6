"""What becomes of a letter that came: a complaint, a word on a ticket, or a case for a person.

All of it in the caller's transaction, under a lock of the letter's own: a letter that is fetched twice, by
whomever, is taken once.
"""

import io
import re
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from sqlalchemy.orm import Session

from kernel.errors import ForewarnError
from kernel.ids import new_id
from kernel.settings import settings
from registry.assets import service as assets
from registry.attachments import service as attachments
from registry.identity import service as identity
from registry.permissions import Principal
from work_orders.complaints.service import NewComplaint, create_complaint
from work_orders.mail import repository, rules, sending
from work_orders.mail.models import MailMessage
from work_orders.mail.reading import IncomingMail, MailFile, UnreadableMail, read
from work_orders.mail.rules import Direction, Hold, State
from work_orders.mail.settings import Mail
from work_orders.models import Ticket
from work_orders.rules import Family
from work_orders.tickets import timeline
from work_orders.tickets.fields import TITLE_LENGTH_MAX
from work_orders.tickets.files import note_file
from work_orders.tickets.views import is_staff

log = structlog.get_logger(__name__)

FILE_BYTES_MAX = 25_000_000
_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/.-]{3,38}[A-Za-z0-9]")
_SERIALS_MAX = 60
_HOUR = timedelta(hours=1)


def take(session: Session, raw: bytes, now: datetime) -> State:
    """Put a letter on record and do what it asks for; one that is on record already changes nothing."""
    try:
        mail = read(raw)
    except UnreadableMail as error:
        return _refuse(
            session,
            MailMessage(
                key=sha256(raw).hexdigest(),
                reason="unreadable",
                detail=str(error),
                size_bytes=len(raw),
                at=now,
            ),
        )
    repository.lock_key(session, mail.key)
    known = repository.by_key(session, Direction.IN, mail.key)
    if known is not None:
        return State(known.state)
    row = _row(mail, len(raw), now)
    repository.add(session, row)
    section = settings(Mail)
    machine = rules.automatic(mail.headers, own_address=section.address, sender=mail.sender)
    if machine is not None:
        thread = repository.ticket_of_thread(session, rules.thread_of(mail.headers))
        row.state, row.reason = State.AUTOMATIC, machine
        row.ticket_id = thread.id if thread else None
        return State.AUTOMATIC
    held = _reason_to_wait(session, mail, section, now)
    if held is None:
        actor = identity.principal_by_email(session, mail.sender)
        held = Hold.UNKNOWN_SENDER if actor is None else _attend(session, actor, mail, row, now)
    if held is not None:
        row.state, row.reason, row.raw = State.HELD, held, raw
    return State(row.state)


def hold(session: Session, raw: bytes, detail: str, now: datetime) -> State:
    """Let a letter wait for a person that could not be worked; `detail` says why.

    Raises:
        UnreadableMail: it is no letter; `take` refuses those.
    """
    mail = read(raw)
    repository.lock_key(session, mail.key)
    if repository.by_key(session, Direction.IN, mail.key) is None:
        row = _row(mail, len(raw), now)
        row.reason, row.detail, row.raw = Hold.NOT_TAKEN, detail, raw
        repository.add(session, row)
    return State.HELD


def refuse_large(
    session: Session, uid: str, size_bytes: int, now: datetime, *, sender: str, subject: str
) -> State:
    """Put a letter on record that is too large to be read; `uid` is the folder's number for it."""
    return _refuse(
        session,
        MailMessage(
            key=sha256(f"{uid}/{size_bytes}/{sender}/{subject}".encode()).hexdigest(),
            reason="too_large",
            detail="larger than is read",
            sender=sender,
            subject=subject[:TITLE_LENGTH_MAX],
            size_bytes=size_bytes,
            at=now,
        ),
    )


def _refuse(session: Session, row: MailMessage) -> State:
    """Put a letter on record that is not read; one that is on record already changes nothing."""
    repository.lock_key(session, row.key)
    if repository.by_key(session, Direction.IN, row.key) is None:
        row.id, row.direction, row.state = new_id("mail"), Direction.IN, State.REFUSED
        repository.add(session, row)
    return State.REFUSED


def _row(mail: IncomingMail, size_bytes: int, now: datetime) -> MailMessage:
    return MailMessage(
        id=new_id("mail"),
        direction=Direction.IN,
        key=mail.key,
        state=State.HELD,
        message_id=mail.message_id,
        thread=rules.thread_of(mail.headers),
        sender=mail.sender,
        sender_name=mail.sender_name,
        subject=mail.subject,
        body=mail.text,
        size_bytes=size_bytes,
        at=now,
    )


def _reason_to_wait(
    session: Session, mail: IncomingMail, section: Mail, now: datetime
) -> Hold | None:
    if rules.not_authenticated(mail.results, section.authenticated_by):
        return Hold.NOT_AUTHENTICATED
    # This one is counted too.
    if repository.come_since(session, mail.sender, now - _HOUR) > section.hourly_max:
        return Hold.TOO_MANY
    return None


def _attend(
    session: Session, actor: Principal, mail: IncomingMail, row: MailMessage, now: datetime
) -> Hold | None:
    """Do what a letter of a known person asks for; return why it cannot be done without a word of ours."""
    ticket = repository.ticket_of_thread(session, row.thread)
    if ticket is None:
        ticket = repository.ticket_by_number(session, rules.numbers_in(mail.subject))
        if ticket is not None and not actor.sees(ticket.organisation_id):
            ticket = None  # A number can be guessed; only letters of ours prove a thread.
    elif not actor.sees(ticket.organisation_id):
        return Hold.STRANGER_IN_THREAD
    if not actor.may("complaints.create") and not is_staff(actor):
        return Hold.NO_RIGHT
    row.person_id = actor.person_id
    try:
        with session.begin_nested():
            if ticket is None:
                open_complaint(session, actor, mail, row, now=now)
            else:
                add_word(session, actor, ticket, mail, row, now=now)
    except ForewarnError as error:
        row.detail = f"{error.code}: {error}"
        return Hold.NOT_TAKEN
    return None


def open_complaint(
    session: Session,
    actor: Principal,
    mail: IncomingMail,
    row: MailMessage,
    *,
    now: datetime,
    organisation_id: str | None = None,
) -> None:
    """Make a complaint of a letter, in the name of `actor`, and tell its writer.

    Raises:
        ForewarnError: what `create_complaint` raises.
    """
    machine = None if organisation_id else _machine_named(session, actor, mail)
    opened = create_complaint(
        session,
        actor,
        NewComplaint(
            title=mail.subject or None,
            description=mail.text or mail.subject or "(no text)",
            asset_id=machine.id if machine else None,
            organisation_id=organisation_id,
            fields={"channel": "email", "contact_name": mail.sender_name or mail.sender},
        ),
    ).ticket
    ticket = repository.ticket(session, opened.id)
    row.state, row.reason, row.ticket_id, row.raw = State.OPENED, None, ticket.id, None
    _attach(session, actor, ticket, mail, now)
    sending.acknowledge(session, ticket, row, now)


def add_word(
    session: Session,
    actor: Principal,
    ticket: Ticket,
    mail: IncomingMail,
    row: MailMessage,
    *,
    now: datetime,
) -> None:
    """Put what a letter says on its ticket. Of the manufacturer's own people it stays internal.

    Raises:
        ForewarnError: its text cannot be kept.
    """
    row.state, row.reason, row.ticket_id, row.raw = State.ADDED, None, ticket.id, None
    internal = row.internal = is_staff(actor)
    if mail.text:
        timeline.comment(session, actor, ticket, mail.text, now, internal=internal)
    _attach(session, actor, ticket, mail, now)


def _machine_named(
    session: Session, actor: Principal, mail: IncomingMail
) -> assets.AssetFacts | None:
    """Return the one machine in the writer's scope whose serial number the letter names."""
    words = dict.fromkeys(_SERIAL.findall(f"{mail.subject}\n{mail.text}"))
    likely = [word for word in words if any(letter.isdigit() for letter in word)][:_SERIALS_MAX]
    found = {}
    for word in likely:
        machine = assets.find_asset(session, actor, word)
        if machine is not None:
            found[machine.id] = machine
    return next(iter(found.values())) if len(found) == 1 else None


def _attach(
    session: Session, actor: Principal, ticket: Ticket, mail: IncomingMail, now: datetime
) -> None:
    """Keep a letter's files with its ticket; what cannot be kept is named there."""
    kept = mail.files[: settings(Mail).attachments_max]
    left = [f"{each.name}: one of too many" for each in mail.files[len(kept) :]]
    for each in kept:
        refused = _attach_one(session, actor, ticket, each)
        if refused is not None:
            left.append(f"{each.name}: {refused}")
    if mail.cut:
        left.append("text: its end was cut off")
    if left:
        said = "Not kept of this letter: " + "; ".join(left)
        timeline.write(session, actor, ticket, "comment", now, text=said[:2000], internal=True)


def _attach_one(session: Session, actor: Principal, ticket: Ticket, each: MailFile) -> str | None:
    try:
        with session.begin_nested():
            kept = attachments.add_attachment(
                session,
                actor,
                object_kind=str(Family(ticket.family)),
                object_id=ticket.id,
                organisation_id=ticket.organisation_id,
                file_name=each.name,
                content=io.BytesIO(each.content),
                bytes_max=FILE_BYTES_MAX,
            )
            note_file(session, actor, kept)
    except ForewarnError as error:
        log.info("file of a letter not kept", ticket_id=ticket.id, code=error.code)
        return error.code
    return None
