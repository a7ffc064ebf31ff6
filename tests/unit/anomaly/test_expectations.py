"""What is noted of bands as they move."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from anomaly.detectors import shipped
from anomaly.detectors.base import SeriesRange
from anomaly.expectations.noting import STEP_US, Baselines
from anomaly.scoring.bands import bands_of
from anomaly.scoring.gateway import GatewayModels
from anomaly.settings import AnomalySettings
from anomaly.sources import LaneKey, MemoryFrame, SeriesInfo
from kernel.clock import utc_now
from tests.integration.anomaly.world import EPOCH, START

SECTION = AnomalySettings(warmup_readings=200, warmup_span_s=0)
LANE = LaneKey("edge-a", EPOCH, "live")
INFOS = {
    number: SeriesInfo(number, "asset", f"s{number}", "", "other", SeriesRange())
    for number in (1, 2)
}


class Gateway:
    """Models that are fed one reading of each series every `step_s` of source time."""

    def __init__(self, step_s: int = 10) -> None:
        self.models = GatewayModels(shipped.EW_CHART, SECTION)
        self.step_s = step_s
        self.seq = 0
        self.random = Random(4)

    def feed(self, count: int, wave: float | None = None) -> None:
        for _ in range(count):
            at_us = round(START.timestamp() * 1e6) + self.seq * self.step_s * 1_000_000
            away = self.random.gauss(0.0, 1.0) if wave is None else wave * (self.seq % 7)
            rows = [(number, at_us, 10.0 + away) for number in INFOS]
            at = datetime.fromtimestamp(at_us / 1e6, START.tzinfo)
            self.models.score(LANE, MemoryFrame.of(self.seq, at, rows), INFOS)
            self.models.note_expected(LANE)
            self.seq += 1

    def rows(self, series_id: int = 1) -> list[Any]:
        return [row for row in self.models.expected.take() if row["series_id"] == series_id]


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def test_nothing_is_noted_before_something_is_known(gateway: Gateway) -> None:
    gateway.feed(150)
    assert gateway.rows() == []


def test_a_band_is_noted_as_it_is_at_that_moment_and_as_it_moves(gateway: Gateway) -> None:
    gateway.feed(1500)
    rows = gateway.rows()
    band = gateway.models.live.monitors[1].detector.band()
    assert band is not None
    assert rows[0]["at"] > START
    assert all(
        (later["at"] - earlier["at"]).total_seconds() * 1e6 >= STEP_US
        for earlier, later in pairwise(rows)
    )
    width = band[1] - band[0]
    assert abs(rows[-1]["low"] - band[0]) <= 0.05 * width
    assert abs(rows[-1]["high"] - band[1]) <= 0.05 * width
    # It narrows as more is known: that is seen.
    assert len(rows) >= 3
    assert rows[0]["high"] - rows[0]["low"] > rows[-1]["high"] - rows[-1]["low"]


def test_what_does_not_move_is_noted_once_a_day() -> None:
    slow = Gateway(step_s=60)
    slow.feed(6 * 1440, wave=0.1)
    slow.rows()
    slow.feed(10 * 1440, wave=0.1)
    rows = slow.rows()
    assert 10 <= len(rows) <= 30
    assert max(later["at"] - earlier["at"] for earlier, later in pairwise(rows)).days <= 1


def test_a_series_that_must_learn_anew_is_expected_to_be_nothing(gateway: Gateway) -> None:
    gateway.feed(600)
    assert gateway.rows()[-1]["low"] is not None
    gateway.models.live.forget(1)
    gateway.feed(130)
    forgotten = gateway.rows()
    assert (forgotten[0]["low"], forgotten[0]["high"]) == (None, None)
    assert len(forgotten) == 1
    gateway.feed(200)
    assert gateway.rows()[0]["low"] is not None


def test_baselines_are_told_when_they_change(gateway: Gateway) -> None:
    baselines, lane, now = Baselines(), gateway.models.live, utc_now()

    def changed() -> Sequence[Mapping[str, Any]]:
        return baselines.changed(bands_of(lane), lane.kinds.version_of, now)

    gateway.feed(100)
    told = changed()
    assert [(row["series_id"], row["low"], row["learnt"]) for row in told] == [
        (1, None, 98), (2, None, 98),
    ]  # fmt: skip
    assert changed() == []
    gateway.feed(150)
    warm = changed()
    assert all(row["low"] is not None for row in warm)
    assert [row["series_id"] for row in warm] == [1, 2]
    gateway.feed(2000)
    changed()
    gateway.feed(1)
    assert changed() == []
    gateway.models.live.forget(2)
    gateway.feed(5)
    assert [row["series_id"] for row in changed()] == [2]
