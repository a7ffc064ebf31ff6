"""Limits: against a count by hand, whatever the frames, the restarts and the nonsense among the readings."""

import math
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly.detectors.base import SeriesRange
from anomaly.deviations import Change, Record
from anomaly.limits.errors import InvalidLimits
from anomaly.limits.rules import KINDS, check_limits
from anomaly.limits.watch import LimitWatch
from anomaly.sources import LaneKey, Limit, MemoryFrame, SeriesInfo
from api.schemas.alarms import RecordName

LANE = LaneKey("gw", UUID(int=1), "live")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECOND = 1_000_000
Told = tuple[str, str, float]


def infos(*limits: Limit) -> dict[int, SeriesInfo]:
    return {1: SeriesInfo(1, "ast", "flow", "bar", "flow", SeriesRange(), limits=limits)}


def run(
    limits: tuple[Limit, ...],
    readings: list[tuple[float, float]],
    cuts: frozenset[int] = frozenset(),
    *,
    restart: bool = False,
) -> list[Told]:
    """Score `(second, value)` readings in frames that begin at `cuts`; what changed, by record and second."""
    watch, told = LimitWatch(), []
    known = infos(*limits)
    frames: list[list[tuple[float, float]]] = []
    for number, reading in enumerate(readings):
        if number == 0 or number in cuts:
            frames.append([])
        frames[-1].append(reading)
    for seq, rows in enumerate(frames):
        frame = MemoryFrame.of(seq, NOW, [(1, round(s * SECOND), v) for s, v in rows])
        watch.follow(known, [1], 0)
        told += [
            (one.change.value, one.deviation.record.value, one.ts_us / SECOND)
            for one in watch.score(LANE, frame)
        ]
        if restart:
            packed = msgpack.unpackb(msgpack.packb(watch.state()), strict_map_key=False)
            watch = LimitWatch()
            watch.restore(packed)
    return told


def starts_and_ends(told: list[Told]) -> list[Told]:
    return [each for each in told if each[0] != Change.WORSENED]


def test_delays_and_deadband_of_a_level() -> None:
    high = Limit("h", 10, deadband=2, on_delay_s=3, off_delay_s=4)
    values = [9, 11, 11, 9, 11, 11, 11, 11, 9, 9, 7, 7, 9, 7, 7, 7, 7, 7]
    told = starts_and_ends(run((high,), [(s, v) for s, v in enumerate(values)]))
    # Beyond from 4 on, for three seconds; inside by the deadband from 13 on, for four.
    assert told == [("started", "limit_h", 7.0), ("ended", "limit_h", 17.0)]


@pytest.mark.parametrize(
    ("kind", "setpoint", "values"),
    [
        ("hh", 10, [9, 11, 9]), ("h", 10, [9, 11, 9]), ("l", -3, [0, -4, 0]), ("ll", 5, [6, 4, 6]),
    ],
)  # fmt: skip
def test_every_level_on_its_own_side(kind: str, setpoint: float, values: list[float]) -> None:
    told = starts_and_ends(run((Limit(kind, setpoint),), list(enumerate(values))))
    assert told == [("started", f"limit_{kind}", 1.0), ("ended", f"limit_{kind}", 2.0)]


def test_a_value_at_the_setpoint_is_not_beyond_it() -> None:
    assert run((Limit("h", 10), Limit("l", 0)), [(0, 10.0), (1, 0.0)]) == []


@pytest.mark.parametrize(("kind", "sign"), [("rise", 1), ("fall", -1)])
def test_a_rate_of_change_per_minute(kind: str, sign: int) -> None:
    # 0.1 a second is 6 a minute, from second 100 to 200.
    readings = [(float(s), sign * 0.1 * min(max(s - 100, 0), 100)) for s in range(400)]
    told = starts_and_ends(run((Limit(kind, 5, deadband=1, over_s=60),), readings))
    (started, ended) = told
    assert started[:2] == ("started", f"rate_{kind}")
    assert 130 <= started[2] <= 160
    assert ended[0] == "ended"
    assert 200 <= ended[2] <= 230
    other = "fall" if kind == "rise" else "rise"
    assert run((Limit(other, 5, over_s=60),), readings) == []


def test_a_step_after_a_silence_is_no_rate() -> None:
    readings = [(float(s), 1.0) for s in range(100)] + [(float(s), 50.0) for s in range(5000, 5200)]
    assert run((Limit("rise", 5, over_s=60),), readings) == []


def test_h_and_hh_are_told_apart_with_their_severities() -> None:
    limits = (Limit("h", 10, severity="high"), Limit("hh", 20, severity="critical"))
    watch = LimitWatch()
    watch.follow(infos(*limits), [1], 0)
    frame = MemoryFrame.of(0, NOW, [(1, 0, 15.0), (1, SECOND, 25.0)])
    started = [one for one in watch.score(LANE, frame) if one.change is Change.STARTED]
    assert [(one.deviation.record, one.deviation.severity) for one in started] == [
        (Record.LIMIT_H, "high"),
        (Record.LIMIT_HH, "critical"),
    ]
    assert [one.deviation.high for one in started] == [10, 20]


def test_what_is_no_value_and_what_comes_late_changes_nothing() -> None:
    watch = LimitWatch()
    watch.follow(infos(Limit("h", 10)), [1], 0)
    bad = 0x8000_0000
    rows = [(1, 5 * SECOND, 1.0), (1, 6 * SECOND, math.nan), (1, 6 * SECOND, math.inf)]
    rows += [(2, 6 * SECOND, 99.0), (1, 2 * SECOND, 99.0)]
    frame = MemoryFrame.of(0, NOW, [*rows, (1, 7 * SECOND, 99.0, bad)])
    assert watch.score(LANE, frame) == []


def test_limits_that_are_changed_end_what_they_began_and_keep_the_others() -> None:
    watch = LimitWatch()
    high, low = Limit("h", 10), Limit("l", 50)
    assert watch.follow(infos(high, low), [1], 0) == (True, [])
    assert len(watch.score(LANE, MemoryFrame.of(0, NOW, [(1, 0, 20.0)]))) == 2
    changed, ended = watch.follow(infos(Limit("h", 30), low), [1], 7)
    assert changed
    assert [(one.deviation.record, one.ts_us) for one in ended] == [(Record.LIMIT_H, 7)]
    assert watch.knows(1, Record.LIMIT_L)
    assert not watch.knows(1, Record.LIMIT_H)
    watch.agree([])
    assert not watch.knows(1, Record.LIMIT_L)
    assert watch.follow(infos(), [1], 8) == (True, [])
    assert watch.score(LANE, MemoryFrame.of(1, NOW, [(1, SECOND, 20.0)])) == []


LIMITS = st.sampled_from(
    [
        (Limit("h", 5, 1, 2, 3),),
        (Limit("h", 5), Limit("hh", 8, 2, 1, 0), Limit("l", -5, 0.5, 0, 2)),
        (Limit("rise", 60, 10, 2, 2, over_s=6), Limit("ll", -8, 3, 5, 5)),
        (Limit("fall", 30, 0, 0, 0, over_s=2),),
    ]
)
READINGS = st.lists(
    st.tuples(st.sampled_from([0, 1, 1, 1, 2, 30, -1]), st.floats(-10, 10)), max_size=60
)


@given(LIMITS, READINGS, st.frozensets(st.integers(1, 60)))
def test_however_frames_are_cut_and_workers_restarted_the_same_is_told(
    limits: tuple[Limit, ...], steps: list[tuple[float, float]], cuts: frozenset[int]
) -> None:
    second, readings = 0.0, []
    for step, value in steps:
        second = max(second + step, 0)
        readings.append((second, value))
    whole = run(limits, readings)
    assert run(limits, readings, cuts) == whole
    assert run(limits, readings, cuts, restart=True) == whole
    for kind in {each[1] for each in whole}:
        changes = [each[0] for each in starts_and_ends(whole) if each[1] == kind]
        assert changes == ["started", "ended"] * (len(changes) // 2) + ["started"] * (
            len(changes) % 2
        )


def test_limits_in_order_make_sense() -> None:
    check_limits([Limit(kind, number) for number, kind in enumerate(("ll", "l", "h", "hh"))])
    check_limits([Limit("rise", 1), Limit("fall", 1)])
    check_limits([])


@pytest.mark.parametrize(
    ("field", "limits"),
    [
        ("limits.0.kind", [Limit("x", 1)]),
        ("limits.1.kind", [Limit("h", 1), Limit("h", 2)]),
        ("limits.1.setpoint", [Limit("hh", 1), Limit("h", 0), Limit("l", 3)]),
        ("limits.0.setpoint", [Limit("hh", 1), Limit("h", 1)]),
        ("limits.0.setpoint", [Limit("h", math.nan)]),
        ("limits.0.setpoint", [Limit("rise", -1)]),
        ("limits.0.deadband", [Limit("h", 1, deadband=-1)]),
        ("limits.0.on_delay_s", [Limit("h", 1, on_delay_s=1e9)]),
        ("limits.0.severity", [Limit("h", 1, severity="dire")]),
        ("limits.0.over_s", [Limit("rise", 1, over_s=0)]),
    ],
)
def test_limits_that_make_no_sense(field: str, limits: list[Limit]) -> None:
    with pytest.raises(InvalidLimits) as error:
        check_limits(limits)
    assert error.value.facts["field"] == field


def test_the_api_knows_every_record_an_alarm_can_have() -> None:
    assert set(get_args(RecordName)) == {record.value for record in Record}
    assert {f"limit_{kind}" for kind in KINDS[:4]} <= set(get_args(RecordName))
