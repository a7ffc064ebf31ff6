"""What a record break does to a series in the bank: raised at once, over at once, kept over a restart."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgpack
import numpy as np
import pytest

from anomaly.bank import layout as at
from anomaly.detectors import shipped
from anomaly.detectors.base import SeriesRange
from anomaly.deviations import Change, Record, Transition
from anomaly.records import layout
from anomaly.scoring.lane import LaneModels
from anomaly.sources import LIVE, LaneKey, MemoryFrame, SeriesInfo
from tests.unit.anomaly.driving import section

START = datetime(2026, 11, 2, tzinfo=UTC)
LANE = LaneKey("gw", UUID(int=7), LIVE)
INFOS = {1: SeriesInfo(1, "asset", "flow", "l/s", "flow", SeriesRange())}
WARM = 400


def models(**changes: Any) -> LaneModels:
    return LaneModels(shipped.EW_CHART, section(warmup_readings=WARM, warmup_span_s=0, **changes))


def frame(row: int, value: float) -> MemoryFrame:
    at = START + timedelta(minutes=row)
    return MemoryFrame.of(row, at, [(1, round(at.timestamp() * 1e6), value, 0)])


def signal() -> list[float]:
    """Noise with a spike, and later a step that lasts."""
    values = np.random.default_rng(3).normal(20.0, 1.0, 1500)
    values[900] = 80.0
    values[1300:] += 300.0
    return [float(value) for value in values]


def play(target: LaneModels, rows: range) -> list[tuple[int, Transition]]:
    values = signal()
    return [
        (row, transition)
        for row in rows
        for transition in target.score(LANE, frame(row, values[row]), INFOS)
    ]


def test_a_spike_begins_an_alarm_at_once_and_the_next_reading_ends_it() -> None:
    (began, start), (ended, end) = play(models(), range(1200))
    assert (began, start.change, start.deviation.record) == (900, Change.STARTED, Record.HIGH)
    assert (start.deviation.seen, start.deviation.score) == (80.0, 1.0)
    assert start.deviation.low is not None
    assert start.deviation.high is not None
    assert start.deviation.low < 20.0 < start.deviation.high < 80.0
    assert (ended, end.change) == (901, Change.ENDED)


def test_what_lasts_is_the_charts_from_then_on() -> None:
    found = play(models(), range(1500))
    assert [row for row, one in found if one.change is Change.STARTED] == [900, 1300]
    assert [row for row, one in found if one.change is Change.ENDED] == [901]


def test_without_record_breaks_the_chart_lets_a_spike_pass() -> None:
    assert play(models(record_breaks=False), range(1200)) == []


@pytest.mark.parametrize("row", [200, 899, 901, 1302])
def test_a_snapshot_goes_on_the_same(row: int) -> None:
    whole = play(models(), range(1500))
    first = models()
    found = play(first, range(row))
    second = models()
    second.restore(msgpack.unpackb(msgpack.packb(first.state()), strict_map_key=False), INFOS)
    assert found + play(second, range(row, 1500)) == whole


def test_nothing_is_told_before_the_warm_up_is_over() -> None:
    target = models()
    values = signal()
    values[WARM - 50] = 80.0
    for row in range(WARM):
        assert target.score(LANE, frame(row, values[row]), INFOS) == []


def test_a_deviation_says_which_record_of_the_series_it_began_by_and_the_charts_own_say_none() -> (
    None
):
    (_, start), (_, end) = play(models(), range(1200))
    assert start.deviation.feature in layout.CAUSES
    assert end.deviation.feature == start.deviation.feature
    slow = models()
    for row in range(1000):
        slow.score(LANE, frame(row, 20.0 + (row % 7) / 7), INFOS)
    slow.bank.q[at.RECORD_BREAKS] = 0
    found = [
        each for row in range(1000, 1300) for each in slow.score(LANE, frame(row, 40.0), INFOS)
    ]
    assert [each.deviation.feature for each in found] == [None]


def test_a_snapshot_of_before_features_were_kept_is_read() -> None:
    first = models()
    play(first, range(901))
    state = first.bank.state()
    whole = np.frombuffer(state["whole"], "<i8").reshape(-1, at.WHOLES)
    real = np.frombuffer(state["real"], "<f8").reshape(-1, at.REALS)
    state |= {"layout": 3, "whole": whole[:, : at.WHOLES_OF[3]].tobytes()}
    state |= {"real": real[:, : at.REALS_OF[3]].tobytes()}
    second = models()
    second.bank.restore(state, INFOS)
    was, now = first.bank.deviation(0), second.bank.deviation(0)
    assert was is not None
    assert now == replace(was, feature=None)


def test_a_known_deviation_is_gone_on_with() -> None:
    first, second = models(), models()
    play(first, range(901))
    play(second, range(900))
    was = first.bank.deviation(0)
    assert was is not None
    second.bank.hold(0, was)
    assert second.bank.deviation(0) == was
