"""Looking into the mailbox over IMAP. Each letter is on record before it is moved out of the folder."""

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError
from sqlalchemy.exc import InterfaceError, OperationalError

from kernel.clock import utc_now
from kernel.db import Database
from kernel.settings import settings
from work_orders.mail import repository, taking
from work_orders.mail.reading import clean
from work_orders.mail.rules import State
from work_orders.mail.settings import Mail

log = structlog.get_logger(__name__)

_AT_ONCE = 50
# What says that the mail server, the database or the disk is away for now.
_AWAY = (ImapToolsError, imaplib.IMAP4.error, OperationalError, InterfaceError, OSError)


def is_on() -> bool:
    """Tell whether there is a mailbox to look into."""
    return bool(settings(Mail).imap_host)


def name_of(section: Mail) -> str:
    """Return the name a mailbox is known by."""
    return f"{section.imap_user}@{section.imap_host}/{section.imap_folder}"


def look(database: Database) -> dict[State, int]:
    """Take what is in the mailbox, at most fifty letters; return how many became what.

    Nothing is done where another worker has looked within `every_s`. A letter that cannot be taken now, the
    database being away, stays in its folder and is taken later.
    """
    section = settings(Mail)
    name = name_of(section)
    now = utc_now()
    with database.transaction() as session:
        before = now - timedelta(seconds=section.every_s)
        if not repository.claim_look(session, name, now, before):
            return {}
    taken: dict[State, int] = {}
    problem = None
    try:
        with _opened(section) as mailbox:
            for state in _take_all(database, mailbox, section):
                taken[state] = taken.get(state, 0) + 1
    except _AWAY as error:
        problem = f"{type(error).__name__}: {error}"[:300]
    with database.transaction() as session:
        if repository.note_problem(session, name, problem):
            if problem is None:
                log.info("mailbox is back", mailbox=name)
            else:
                log.error("mailbox cannot be read", mailbox=name, problem=problem)
    return taken


@contextmanager
def _opened(section: Mail) -> Iterator[BaseMailBox]:
    kinds = {"tls": MailBox, "starttls": MailBoxStartTls, "none": MailBoxUnencrypted}
    mailbox: BaseMailBox = kinds[section.imap_security](
        section.imap_host, section.imap_port, timeout=section.timeout_s
    )
    password = section.imap_password.get_secret_value()
    try:
        mailbox.login(section.imap_user, password, section.imap_folder)
    except BaseException:
        mailbox.client.shutdown()
        raise
    with mailbox as opened:
        if not opened.folder.exists(section.imap_done_folder):
            opened.folder.create(section.imap_done_folder)
        yield opened


@dataclass(frozen=True)
class _Waiting:
    """A letter in the folder, as its headers tell it."""

    uid: str
    size: int
    sender: str
    subject: str


def _take_all(database: Database, mailbox: BaseMailBox, section: Mail) -> Iterator[State]:
    waiting = [
        _Waiting(each.uid, each.size_rfc822, clean(each.from_), clean(each.subject))
        for each in mailbox.fetch(
            "UNDELETED", limit=_AT_ONCE, headers_only=True, mark_seen=False, bulk=False
        )
        if each.uid is not None
    ]
    for each in waiting:
        state = _take_one(database, mailbox, each, section)
        if state is not None:
            # After the commit: a letter is never lost, and one that comes again is known.
            mailbox.move(each.uid, section.imap_done_folder)
            yield state


def _take_one(
    database: Database, mailbox: BaseMailBox, each: _Waiting, section: Mail
) -> State | None:
    """Take a letter; None when somebody else has taken it away. What one letter does holds up no other."""
    if each.size > section.size_max:
        with database.transaction() as session:
            return taking.refuse_large(
                session, each.uid, each.size, utc_now(), sender=each.sender, subject=each.subject
            )
    raw = _raw(mailbox, each.uid)
    if raw is None:
        return None
    try:
        with database.transaction() as session:
            return taking.take(session, raw, utc_now())
    # The database or the disk is away: the letter stays where it is.
    except (OperationalError, InterfaceError, OSError):
        raise
    except Exception as error:
        log.exception("letter waits for a person: it could not be worked", uid=each.uid)
        with database.transaction() as session:
            return taking.hold(session, raw, type(error).__name__, utc_now())


def _raw(mailbox: BaseMailBox, uid: str) -> bytes | None:
    """Return a letter's bytes; None when it is not there any more."""
    _, data = mailbox.client.uid("fetch", uid, "(BODY.PEEK[])")
    return next((bytes(part[1]) for part in data if isinstance(part, tuple)), None)
