"""When somebody is told."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work_orders.notices import rules
from work_orders.notices.rules import Digest, Preferences, Topic, is_quiet, release_at
from work_orders.notices.shipped import SHIPPED
from work_orders.notices.templates import check_template

SHANGHAI = Preferences("Asia/Shanghai", time(22), time(7))
NIGHT = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


def test_r22_quiet_hours_hold_until_the_morning_of_the_persons_own_zone() -> None:
    assert release_at(SHANGHAI, NIGHT, urgent=False) == datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert release_at(SHANGHAI, NOON, urgent=False) is None


def test_r22_what_is_urgent_passes_quiet_hours() -> None:
    assert release_at(SHANGHAI, NIGHT, urgent=True) is None
    assert rules.is_urgent(Topic.SLA_BREACHED, "P3")
    assert rules.is_urgent(Topic.TICKET_ASSIGNED, "P0")
    assert rules.is_urgent(Topic.ALARM_RAISED, "critical")
    assert not rules.is_urgent(Topic.ALARM_RAISED, "high")


def test_a_digest_that_would_come_at_night_comes_in_the_morning() -> None:
    hourly = Preferences("Asia/Shanghai", time(22), time(7), Digest.HOURLY)
    before = datetime(2026, 11, 21, 13, 30, tzinfo=UTC)  # 21:30, the next hour is quiet
    assert release_at(hourly, before, urgent=False) == datetime(2026, 11, 21, 23, tzinfo=UTC)
    daily = Preferences("Asia/Shanghai", digest=Digest.DAILY, daily_at=time(8))
    assert release_at(daily, NOON, urgent=False) == datetime(2026, 11, 22, 0, tzinfo=UTC)


def test_quiet_hours_end_when_the_clocks_leave_their_end_out() -> None:
    # 02:30 is not there in Berlin on 2026-03-29.
    berlin = Preferences("Europe/Berlin", time(22), time(2, 30))
    night = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    held = release_at(berlin, night, urgent=False)
    assert held == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@given(
    at=st.integers(1_577_836_800, 1_893_456_000).map(lambda at: datetime.fromtimestamp(at, UTC)),
    zone=st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]),
    begin=st.times(),
    end=st.times(),
    digest=st.sampled_from(list(Digest)),
)
def test_what_is_held_is_released_within_three_days_and_outside_quiet_hours(
    at: datetime, zone: str, begin: time, end: time, digest: Digest
) -> None:
    preferences = Preferences(zone, begin, end, digest)
    held = release_at(preferences, at, urgent=False)
    if held is None:
        assert not is_quiet(preferences, at)
        return
    assert at < held <= at + timedelta(days=3)
    wall = held.astimezone(ZoneInfo(zone)).time()
    moved = ZoneInfo(zone).utcoffset(held.replace(tzinfo=None)) != ZoneInfo(zone).utcoffset(
        (held - timedelta(hours=3)).replace(tzinfo=None)
    )
    assert moved or not is_quiet(preferences, held) or wall == end


def test_back_off_doubles_up_to_four_hours() -> None:
    waits = [rules.backoff(attempt).total_seconds() for attempt in (1, 2, 3, 100)]
    assert waits == [30, 60, 120, 4 * 3600]
    assert rules.pause(100) == timedelta(minutes=10)


def test_a_delivery_is_given_up_after_its_attempts_or_its_time() -> None:
    day = timedelta(days=1)
    assert rules.is_dead(10, NOON, NOON, 10, day)
    assert rules.is_dead(1, NOON, NOON + day, 10, day)
    assert not rules.is_dead(9, NOON, NOON + timedelta(hours=23), 10, day)


@pytest.mark.parametrize("topic", list(Topic))
def test_every_topic_has_words_in_both_languages_that_are_good_templates(topic: Topic) -> None:
    for language in rules.LANGUAGES:
        check_template(topic, SHIPPED[topic, language])
