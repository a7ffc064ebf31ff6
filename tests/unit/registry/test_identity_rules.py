from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.identity import passwords
from registry.identity.errors import InvalidShift, WeakPassword
from registry.identity.rules import (
    EngineerFacts,
    ShiftFacts,
    best_first,
    check_password,
    check_shift,
    is_on_shift,
)

SHANGHAI = "Asia/Shanghai"
_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def _early(weekday: int = 1) -> ShiftFacts:
    return ShiftFacts(weekday, time(8), time(16), SHANGHAI)


@pytest.mark.parametrize(
    ("at", "on"),
    [
        (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), True),  # Monday 08:00 in Shanghai
        (datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 7, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 1, 0, tzinfo=UTC), False),  # Tuesday
    ],
)
def test_a_shift_is_local(at: datetime, *, on: bool) -> None:
    assert is_on_shift([_early()], at) is on


def test_who_has_no_shifts_always_works() -> None:
    assert is_on_shift([], datetime(2026, 11, 23, tzinfo=UTC))


@given(
    st.integers(0, 366 * 86400).map(lambda seconds: _NEW_YEAR + timedelta(seconds=seconds)),
    st.sampled_from(["Europe/Berlin", "America/New_York", SHANGHAI, "UTC"]),
)
def test_two_shifts_over_midnight_are_one_night(at: datetime, zone: str) -> None:
    night = [
        ShiftFacts(day, start, end, zone)
        for day in range(1, 8)
        for start, end in ((time(22), time(23, 59, 59, 999999)), (time(0), time(6)))
    ]
    local = at.astimezone(ZoneInfo(zone)).time()
    expected = local >= time(22) or local < time(6)
    assert is_on_shift(night, at) == expected


def test_a_shift_that_cannot_be_is_refused() -> None:
    for shift in (
        ShiftFacts(1, time(8), time(8), SHANGHAI),
        ShiftFacts(1, time(16), time(8), SHANGHAI),
        ShiftFacts(1, time(8), time(16), "Mars/Olympus"),
        ShiftFacts(1, time(8), time(16), "/etc/passwd"),
    ):
        with pytest.raises(InvalidShift):
            check_shift(shift)
    check_shift(_early())


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "aaaaaaaaaaaaaaa",
        "abababababab",
        "LI.NA@example.com",
        "Li Na Wang Zhang",
        "x" * 201,
    ],
)
def test_passwords_that_are_quickly_guessed(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(password, "li.na@example.com", "li na wang zhang")


def test_a_long_phrase_is_a_good_password() -> None:
    check_password("four sensible words", "li.na@example.com", "Li Na")
    check_password("正确的马电池订书钉很长", "li.na@example.com", "Li Na")


def test_a_password_is_kept_as_argon2id() -> None:
    stored = passwords.hash_password("four sensible words")
    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, "four sensible words")
    assert not passwords.verify(stored, "four sensible word")
    assert not passwords.verify(None, "nobody has this password")
    assert not passwords.verify("no hash at all", "x")
    assert not passwords.is_outdated(stored)
    assert passwords.is_outdated("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g")


def _engineer(
    name: str, *, missing: int = 0, site: bool = False, on: bool = False
) -> EngineerFacts:
    return EngineerFacts(name, name, "org", (), ("x",) * missing, site, on)


def test_the_best_suited_come_first() -> None:
    ranked = [
        _engineer("a", site=True, on=True),
        _engineer("b", site=True),
        _engineer("c", on=True),
        _engineer("d"),
        _engineer("e", missing=1, site=True, on=True),
    ]
    assert best_first(list(reversed(ranked))) == ranked
