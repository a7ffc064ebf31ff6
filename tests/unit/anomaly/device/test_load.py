"""Idling and loaded: found by two levels of what a machine draws, whatever its frames, or said by a tag."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly.detectors.base import SeriesRange
from anomaly.device import load
from anomaly.device.loads import ModeChange
from anomaly.device.modes import Rests
from anomaly.settings import AnomalySettings
from anomaly.sources import MemoryFrame, SeriesInfo

POWER, CURRENT, VIBRATION, STATE = range(4)
SECOND = 1_000_000
CYCLE_S = 1200
Rows = list[tuple[int, int, float]]


def infos(modes: tuple[tuple[float, str], ...] = ()) -> dict[int, SeriesInfo]:
    return {
        POWER: SeriesInfo(POWER, "c", "power", "kW", "power", SeriesRange(0, 100)),
        CURRENT: SeriesInfo(CURRENT, "c", "current", "A", "current", SeriesRange(0, 200)),
        VIBRATION: SeriesInfo(VIBRATION, "c", "vibration", "", "vibration", SeriesRange(0, 20)),
        STATE: SeriesInfo(
            STATE, "c", "state", "", "state", SeriesRange(), scored=False, modes=modes
        ),
    }


def level(second: int, idle: float, full: float) -> float:
    """A third of each cycle idling, with flanks of some seconds."""
    return idle + (full - idle) / (1 + math.exp(-10 * math.sin(2 * math.pi * second / CYCLE_S) - 4))


def rows(start: int, end: int, idle: float = 25.0, full: float = 70.0, step: int = 5) -> Rows:
    found: Rows = []
    for second in range(start, end, step):
        random = Random(second)
        drawn = level(second, idle, full) if idle else 0.0
        found += [
            (POWER, second * SECOND, drawn + random.gauss(0, 1.0)),
            (CURRENT, second * SECOND, 2 * drawn + random.gauss(0, 1.0)),
            (VIBRATION, second * SECOND, random.gauss(2, 0.1)),
        ]
    return found


def placed(known: dict[int, SeriesInfo]) -> Rests:
    rests = Rests(AnomalySettings())
    for series_id, info in known.items():
        rests.place(series_id, info)
    return rests


def send(rests: Rests, readings: Rows, size: int = 60) -> tuple[list[ModeChange], list[bool]]:
    """Return which modes began, and of each reading whether it was passed over."""
    masked: list[bool] = []
    for start in range(0, len(readings), size):
        part = readings[start : start + size]
        mask = rests.mask(MemoryFrame.of(start, datetime.fromtimestamp(0, UTC), part))
        rests.settle()
        masked += [False] * len(part) if mask is None else mask.tolist()
    return rests.take_changes(), masked


def test_two_levels_are_idling_and_loaded() -> None:
    rests = placed(infos())
    begun, masked = send(rests, rows(0, 20 * CYCLE_S))
    modes = [change.mode for change in begun]
    assert modes[0] == "running"
    assert set(modes[1:]) == {"idling", "loaded"}
    assert all(one != other for one, other in pairwise(modes))
    # Two changes a cycle once both levels are known, and a rest of 30 s after each.
    known = [change for change in begun if change.since_us > 10 * CYCLE_S * SECOND]
    assert len(known) in (20, 21)
    assert 20 * 18 <= sum(masked[len(masked) // 2 :]) <= 21 * 18
    truth = {change.mode: level(change.since_us // SECOND + 120, 25, 70) for change in known}
    assert truth["idling"] < 30
    assert truth["loaded"] > 65


@pytest.mark.parametrize(
    ("idle", "full"), [(50.0, 70.0), (69.0, 70.0)], ids=["unloaded, not idling", "one level"]
)
def test_a_machine_with_no_two_such_levels_just_runs(idle: float, full: float) -> None:
    rests = placed(infos())
    begun, masked = send(rests, rows(0, 20 * CYCLE_S, idle, full))
    assert [change.mode for change in begun] == ["running"]
    assert not any(masked)


def test_a_load_that_wanders_has_no_levels() -> None:
    rests, random, drawn = placed(infos()), Random(3), 50.0
    readings: Rows = []
    for second in range(0, 40 * CYCLE_S, 5):
        drawn = min(max(drawn + random.gauss(0, 1.5), 15), 90)
        readings += [(POWER, second * SECOND, drawn), (CURRENT, second * SECOND, 2 * drawn)]
    begun, _ = send(rests, readings)
    assert [change.mode for change in begun] == ["running"]


def test_a_stop_is_a_mode_and_so_is_what_follows() -> None:
    rests = placed(infos())
    send(rests, rows(0, 10 * CYCLE_S))
    begun, _ = send(rests, rows(10 * CYCLE_S, 11 * CYCLE_S, idle=0.0))
    assert [change.mode for change in begun] == ["stopped"]
    begun, _ = send(rests, rows(11 * CYCLE_S, 11 * CYCLE_S + 300))
    assert [change.mode for change in begun] == ["loaded"]


def test_a_flicker_is_no_mode_and_one_that_flutters_is_judged_half_the_time() -> None:
    rests = placed(infos())
    send(rests, rows(0, 10 * CYCLE_S))
    flutter: Rows = []
    for second in range(10 * CYCLE_S, 11 * CYCLE_S):
        drawn = 70.0 if second // 5 % 2 else 25.0
        flutter += [(POWER, second * SECOND, drawn), (CURRENT, second * SECOND, 2 * drawn)]
    begun, masked = send(rests, flutter)
    assert len(begun) <= 1
    assert 0.4 < np.mean(masked) < 0.55


@settings(max_examples=5, deadline=None)
@given(size=st.integers(3, 130), cut=st.integers(0, 1400))
def test_neither_frames_nor_a_restart_make_a_difference(size: int, cut: int) -> None:
    # Readings of one moment stay together: what a moment says counts for those of its frame.
    readings = rows(0, 12 * CYCLE_S, step=10)
    whole = placed(infos())
    expected = send(whole, readings)
    first = placed(infos())
    begun, masked = send(first, readings[: 3 * cut], 3 * size)
    second = Rests(AnomalySettings())
    second.restore(first.state())
    for series_id, info in infos().items():
        second.place(series_id, info)
    assert second.state() == first.state()
    more_begun, more_masked = send(second, readings[3 * cut :], 3 * size)
    assert begun + more_begun == expected[0]
    assert masked + more_masked == expected[1]
    assert second.state() == whole.state()


def test_after_a_silence_the_mode_is_told_anew() -> None:
    rests = placed(infos())
    before, _ = send(rests, rows(0, 10 * CYCLE_S + 300))
    begun, _ = send(rests, rows(20 * CYCLE_S + 250, 20 * CYCLE_S + 300))
    assert [change.mode for change in begun] == [before[-1].mode]
    assert begun[0].since_us == (20 * CYCLE_S + 250) * SECOND


def test_a_tag_says_the_mode_and_what_is_drawn_does_not() -> None:
    modes = ((0.0, "stopped"), (1.0, "idling"), (2.0, "loaded"))
    rests = placed(infos(modes))
    begun, _ = send(rests, rows(0, 10 * CYCLE_S))
    assert begun == []
    told: Rows = []
    for number, value in enumerate((1.0, 2.0, 2.0, 0.0, 7.0)):
        at = (10 * CYCLE_S + 200 * number) * SECOND
        told += [
            (STATE, at, value),
            (VIBRATION, at + SECOND, 2.0),
            (VIBRATION, at + 100 * SECOND, 2.0),
        ]
    begun, masked = send(rests, told)
    assert [change.mode for change in begun] == ["idling", "loaded", "stopped", "unknown"]
    # Rests after a change; says nothing while stopped, nor while it settles after that.
    assert masked == [
        False, False, False, True, True, False, False, False, False, True, True, True,
        True, True, False,
    ]  # fmt: skip


def test_better_witnesses_and_ranges_that_are_not_known() -> None:
    known = {key: replace(info, range=SeriesRange()) for key, info in infos().items()}
    begun, _ = send(placed(known), rows(0, 2 * CYCLE_S))
    assert begun == []
    rests = placed(infos())
    assert sorted(rests.loads.ids) == [POWER, CURRENT]
    rests.place(POWER, None)
    assert rests.loads.ids == [CURRENT]
    assert rests.loads.ints[0, load.MEMBERS] == 1


def test_wild_values_do_no_harm() -> None:
    rests = placed(infos())
    wild = [(POWER, at, value) for _, at, _ in rows(0, 100) for value in (1e308, -1e308, 1e9)]
    send(rests, sorted(rows(0, 10 * CYCLE_S) + wild, key=lambda row: row[1]))
    assert np.isfinite(rests.loads.floats).all()
    assert rests.loads.now() == {"c": rests.loads.now()["c"]}
