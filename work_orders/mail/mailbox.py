"""Looking into the mailbox over IMAP. Each letter is on record before it is moved out of the folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256

import structlog
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from kernel.clock import utc_now
from kernel.db import Database
from kernel.settings import settings
from work_orders.mail import repository, taking
from work_orders.mail.rules import State
from work_orders.mail.settings import Mail

log = structlog.get_logger(__name__)

_AT_ONCE = 50


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
    # What a server says is told to people; a wrong password has no place in the log.
    except (ImapToolsError, OSError) as error:
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


def _take_all(database: Database, mailbox: BaseMailBox, section: Mail) -> Iterator[State]:
    sizes = {}
    for header in mailbox.fetch(
        "UNDELETED", limit=_AT_ONCE, headers_only=True, mark_seen=False, bulk=False
    ):
        if header.uid is not None:
            sizes[header.uid] = (header.size_rfc822, header.from_, header.subject)
    for uid, (size, sender, subject) in sizes.items():
        with database.transaction() as session:
            if size > section.size_max:
                key = sha256(f"{uid}/{size}/{sender}/{subject}".encode()).hexdigest()
                state = taking.too_large(
                    session,
                    key,
                    size_bytes=size,
                    now=utc_now(),
                    sender=sender,
                    subject=subject[:200],
                )
            else:
                raw = _raw(mailbox, uid)
                if raw is None:
                    continue
                state = taking.take(session, raw, utc_now())
        # After the commit: a letter is never lost, and one that comes again is known.
        mailbox.move(uid, section.imap_done_folder)
        yield state


def _raw(mailbox: BaseMailBox, uid: str) -> bytes | None:
    """Return a letter's bytes; None when somebody else has taken it away meanwhile."""
    _, data = mailbox.client.uid("fetch", uid, "(BODY.PEEK[])")
    return next((bytes(part[1]) for part in data if isinstance(part, tuple)), None)
