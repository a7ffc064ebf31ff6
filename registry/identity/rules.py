"""Decisions about people that need no database: shifts, passwords, who suits a job."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from registry.identity.errors import InvalidShift, WeakPassword

PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 200
_DIFFERENT_MIN = 5


@dataclass(frozen=True)
class ShiftFacts:
    """When somebody works.

    Attributes:
        weekday: ISO, 1 = Monday, of the local day.
        starts_at: local time, inclusive.
        ends_at: local time, exclusive.
        time_zone: IANA name.
    """

    weekday: int
    starts_at: time
    ends_at: time
    time_zone: str


def check_shift(shift: ShiftFacts) -> None:
    """Refuse a shift that can never be.

    Raises:
        InvalidShift: it ends before it begins, or its time zone is unknown.
    """
    if shift.starts_at >= shift.ends_at:
        raise InvalidShift("a shift ends after it begins; one over midnight is two shifts")
    try:
        ZoneInfo(shift.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidShift(f"no time zone {shift.time_zone}", time_zone=shift.time_zone) from None


def is_on_shift(shifts: Sequence[ShiftFacts], at: datetime) -> bool:
    """Tell whether somebody works at a time; who has no shifts on record always does."""
    if not shifts:
        return True
    for shift in shifts:
        local = at.astimezone(ZoneInfo(shift.time_zone))
        if local.isoweekday() == shift.weekday and shift.starts_at <= local.time() < shift.ends_at:
            return True
    return False


def check_password(password: str, email: str, name: str) -> None:
    """Refuse a password that is quickly guessed (length before rules: NIST SP 800-63B, 5.1.1).

    Raises:
        WeakPassword: what is wrong with it.
    """
    if len(password) < PASSWORD_LENGTH_MIN:
        raise WeakPassword(f"use at least {PASSWORD_LENGTH_MIN} characters")
    if len(password) > PASSWORD_LENGTH_MAX:
        raise WeakPassword(f"use at most {PASSWORD_LENGTH_MAX} characters")
    if len(set(password)) < _DIFFERENT_MIN:
        raise WeakPassword(f"use at least {_DIFFERENT_MIN} different characters")
    lowered = password.casefold()
    if lowered in {email.casefold(), email.partition("@")[0].casefold(), name.casefold()}:
        raise WeakPassword("do not use your name or address")


@dataclass(frozen=True)
class EngineerFacts:
    """Somebody who could take a job.

    Attributes:
        skills: all they have, not only those asked for.
        missing_skills: of those asked for.
        site_match: whether they look after the site.
        on_shift: whether they work now.
    """

    id: str
    name: str
    organisation_id: str
    skills: tuple[str, ...]
    missing_skills: tuple[str, ...]
    site_match: bool
    on_shift: bool


def best_first(engineers: Collection[EngineerFacts]) -> list[EngineerFacts]:
    """Sort by fewest missing skills, then who knows the site, then who works now, then by name."""
    return sorted(
        engineers,
        key=lambda one: (
            len(one.missing_skills), not one.site_match, not one.on_shift, one.name, one.id,
        ),
    )  # fmt: skip
