"""Decisions about assets that need no database."""

import re
from datetime import date, datetime
from itertools import pairwise

from registry.assets.errors import DatesOutOfOrder, InvalidSerial

_PUNCTUATION = re.compile(r"[\s_./-]")


def serial_key(serial_number: str) -> str:
    """Return a serial as people mean it, as the database's generated column computes it."""
    return _PUNCTUATION.sub("", serial_number).lower()


def check_serial(serial_number: str) -> None:
    """Refuse a serial of which nothing is left without punctuation.

    Raises:
        InvalidSerial.
    """
    if not serial_key(serial_number):
        raise InvalidSerial("a serial number needs a letter or a digit")


def check_dates(
    manufactured_on: date | None, delivered_on: date | None, commissioned_on: date | None
) -> None:
    """Refuse dates that are not in the order in which things happen; those not known do not count.

    Raises:
        DatesOutOfOrder.
    """
    known = [
        (name, on)
        for name, on in (
            ("manufactured", manufactured_on),
            ("delivered", delivered_on),
            ("commissioned", commissioned_on),
        )
        if on is not None
    ]
    for (before, first), (after, second) in pairwise(known):
        if first > second:
            raise DatesOutOfOrder(f"{after} on {second}, but {before} on {first}")


def accepted_key_versions(
    in_force: int,
    offered: int | None,
    former: int | None,
    former_until: datetime | None,
    now: datetime,
) -> tuple[int, ...]:
    """Return the versions of its key a gateway may sign with, the one in force first.

    The one offered counts as soon as it is offered: the gateway may use it before we know that it has it.
    """
    versions = [in_force]
    if offered is not None:
        versions.append(offered)
    if former is not None and former_until is not None and now < former_until:
        versions.append(former)
    return tuple(versions)
