"""Letters that go out: what is said on a ticket reaches whoever wrote to it, on the same thread.

A letter is a row first, written in the transaction that said the words; a worker sends it. It is sent at
least once: a worker that dies between the server's yes and its own note sends it again, under the same
`Message-ID`, by which mail programs tell that they have it.
"""

import smtplib
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

import structlog
from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.db import Database
from kernel.ids import new_id
from kernel.settings import settings
from work_orders.mail import repository, rules, texts
from work_orders.mail.models import MailMessage
from work_orders.mail.rules import Direction, State
from work_orders.mail.settings import Mail
from work_orders.models import Ticket

log = structlog.get_logger(__name__)

_LEASE = timedelta(minutes=5)
_BATCH = 20
_PERMANENT = 500
_RECEIVED = "received/"


def is_on() -> bool:
    """Tell whether letters can be sent."""
    section = settings(Mail)
    return bool(section.smtp_host and section.address)


def acknowledge(session: Session, ticket: Ticket, letter: MailMessage, now: datetime) -> None:
    """Tell the writer of a letter under which number it is on record."""
    said = texts.received(letter.body, ticket.number, ticket.title)
    _queue(session, ticket, letter, key=f"{_RECEIVED}{letter.id}", words=said, now=now)


def answer(session: Session, ticket_id: str, entry_id: int, words: str, now: datetime) -> None:
    """Send what was said on a ticket to whoever wrote the last letter to it, if anybody did."""
    letter = repository.latest_in(session, ticket_id)
    if letter is not None:
        ticket = repository.ticket(session, ticket_id)
        _queue(session, ticket, letter, key=f"entry/{entry_id}", words=words, now=now)


def _queue(
    session: Session,
    ticket: Ticket,
    letter: MailMessage,
    *,
    key: str,
    words: str,
    now: datetime,
) -> None:
    if not is_on() or repository.by_key(session, Direction.OUT, key) is not None:
        return
    new = new_id("mail")
    thread = [each for each in (letter.message_id, *letter.thread) if each]
    repository.add(
        session,
        MailMessage(
            id=new,
            direction=Direction.OUT,
            key=key,
            state=State.WAITING,
            message_id=f"<{new}@{settings(Mail).address.rpartition('@')[2]}>",
            answers=letter.message_id or None,
            thread=thread[: rules.REFERENCES_MAX],
            sender=settings(Mail).address,
            recipient=letter.sender,
            subject=texts.subject_of(ticket.number, letter.subject),
            body=words,
            ticket_id=ticket.id,
            next_attempt_at=now,
            at=now,
        ),
    )


def send_due(database: Database) -> int:
    """Send what is due, each letter claimed by itself; return how many went."""
    sent = 0
    for _ in range(_BATCH):
        with database.transaction() as session:
            row = repository.next_due(session, utc_now())
            if row is None:
                return sent
            # Claimed by putting its next attempt off: no transaction waits for a mail server.
            row.attempts += 1
            row.next_attempt_at = utc_now() + _LEASE
            letter_id, message = row.id, _message(row)
        trouble = _send(message)
        with database.transaction() as session:
            _note(session, letter_id, trouble)
        sent += trouble is None
    return sent


def _note(session: Session, letter_id: str, trouble: "_Trouble | None") -> None:
    row = repository.message(session, letter_id, lock=True)
    if row is None or row.state != State.WAITING:
        return
    section = settings(Mail)
    if trouble is None:
        row.state, row.detail, row.next_attempt_at = State.SENT, "", None
        return
    row.detail = trouble.said
    if trouble.final or row.attempts >= section.send_attempts_max:
        row.state, row.next_attempt_at = State.FAILED, None
        log.error("letter given up", mail_id=row.id, attempts=row.attempts, reason=trouble.said)
    else:
        row.next_attempt_at = utc_now() + rules.wait_after(row.attempts)


class _Trouble:
    """Why a letter did not go; `final` when another attempt would end alike."""

    def __init__(self, said: str, *, final: bool = False) -> None:
        self.said = said[:500]
        self.final = final


def _message(row: MailMessage) -> EmailMessage:
    section = settings(Mail)
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((section.name, section.address))
    message["To"] = row.recipient
    message["Subject"] = " ".join(row.subject.split())
    message["Date"] = format_datetime(row.at)
    message["Message-ID"] = row.message_id
    if row.answers:
        message["In-Reply-To"] = row.answers
    if row.thread:
        # The oldest first: RFC 5322, section 3.6.4.
        message["References"] = " ".join(reversed(row.thread))
    if row.key.startswith(_RECEIVED):
        message["Auto-Submitted"] = "auto-replied"
    message[rules.LOOP_HEADER] = row.id
    message.set_content(row.body)
    return message


def _send(message: EmailMessage) -> _Trouble | None:
    section = settings(Mail)
    try:
        with _server(section) as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        return _Trouble(f"{code} {said!r}", final=code >= _PERMANENT)
    except smtplib.SMTPResponseException as error:
        final = error.smtp_code >= _PERMANENT and not isinstance(
            error, smtplib.SMTPAuthenticationError
        )
        return _Trouble(f"{error.smtp_code} {error.smtp_error!r}", final=final)
    except (smtplib.SMTPException, OSError) as error:
        return _Trouble(f"{type(error).__name__}: {error}")
    return None


def _server(section: Mail) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if section.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            section.smtp_host, section.smtp_port, timeout=section.timeout_s, context=context
        )
    else:
        server = smtplib.SMTP(section.smtp_host, section.smtp_port, timeout=section.timeout_s)
        if section.smtp_security == "starttls":
            server.starttls(context=context)
    if section.smtp_user:
        server.login(section.smtp_user, section.smtp_password.get_secret_value())
    return server
