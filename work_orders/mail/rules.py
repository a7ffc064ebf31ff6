"""What a letter is, told by its headers: pure, no I/O, no clock.

Sources: RFC 3834 (automatic responses), RFC 3464 (delivery reports), RFC 5322 section 3.6.4 (threads),
RFC 2919 (lists), RFC 8601 (`Authentication-Results`).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum


class Direction(StrEnum):
    """Whether a letter came or goes."""

    IN = "in"
    OUT = "out"


class State(StrEnum):
    """What became of a letter: the first six of those that came, the last three of those that go out."""

    OPENED = "opened"
    ADDED = "added"
    AUTOMATIC = "automatic"
    HELD = "held"
    REFUSED = "refused"
    DISCARDED = "discarded"
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Hold(StrEnum):
    """Why a letter waits for a person."""

    UNKNOWN_SENDER = "unknown_sender"
    NO_RIGHT = "no_right"
    STRANGER_IN_THREAD = "stranger_in_thread"
    NOT_AUTHENTICATED = "not_authenticated"
    TOO_MANY = "too_many"
    NOT_TAKEN = "not_taken"


class Automatic(StrEnum):
    """Why a letter is taken for a machine's; nobody answers those, so two machines never talk for ever."""

    OWN = "own"
    REPORT = "report"
    AUTO_SUBMITTED = "auto_submitted"
    BULK = "bulk"
    NO_RETURN_PATH = "no_return_path"


LOOP_HEADER = "X-Forewarn-Desk"
_NUMBER = re.compile(r"\b(?:WO|CP)-\d{4}-\d{6}\b", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,400}>")
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
REFERENCES_MAX = 30


def automatic(headers: Mapping[str, str], *, own_address: str, sender: str) -> Automatic | None:
    """Tell why a letter is a machine's, or None for a person's. `headers` has lower-case names."""
    answered_by_machine = (
        headers.get("auto-submitted", "no").split(";")[0].strip().lower() != "no"
        or "x-autoreply" in headers
        or "x-autorespond" in headers
    )
    bulk = headers.get("precedence", "").strip().lower() in _BULK or "list-id" in headers
    signs = {
        Automatic.OWN: LOOP_HEADER.lower() in headers
        or bool(own_address and sender == own_address.lower()),
        Automatic.REPORT: headers.get("content-type", "").lower().startswith("multipart/report"),
        Automatic.AUTO_SUBMITTED: answered_by_machine,
        Automatic.BULK: bulk,
        Automatic.NO_RETURN_PATH: headers.get("return-path", "").strip() == "<>",
    }
    return next((sign for sign, shown in signs.items() if shown), None)


def thread_of(headers: Mapping[str, str]) -> list[str]:
    """Return the ids of the letters one answers, the nearest first."""
    found = _MESSAGE_ID.findall(headers.get("in-reply-to", ""))
    found += reversed(_MESSAGE_ID.findall(headers.get("references", ""))[-REFERENCES_MAX:])
    return list(dict.fromkeys(found))


def numbers_in(subject: str) -> list[str]:
    """Return the numbers of tickets that a subject names."""
    return list(dict.fromkeys(found.upper() for found in _NUMBER.findall(subject)))


def not_authenticated(results: Sequence[str], authority: str) -> bool:
    """Tell whether the named server says that DMARC failed; what others wrote there proves nothing."""
    if not authority:
        return False
    return any(
        each.split(";")[0].split()[:1] == [authority] and "dmarc=fail" in each.lower()
        for each in results
        if each.strip()
    )


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts: a minute, doubling, eight hours at most."""
    return timedelta(minutes=min(2 ** max(0, attempts - 1), 8 * 60))
