"""A series that falls silent while the others go on; and what only looks like it."""

from datetime import UTC, datetime
from uuid import UUID

from anomaly.bank.bank import Bank
from anomaly.detectors.base import SeriesRange
from anomaly.sources import LaneKey, MemoryFrame, SeriesInfo
from tests.unit.anomaly.driving import SECOND, section

LANE = LaneKey("gw", UUID(int=1), "live")


class Gateway:
    """Sends one frame a second of receive time with the series it is told."""

    def __init__(self) -> None:
        self.bank = Bank(section(), "live")
        for series_id in (1, 2):
            self.bank.place(SeriesInfo(series_id, "asset", "s", "", "other", SeriesRange()), 1)
        self.received_s = 1_000.0
        self.source_s = 1_000.0
        self.seq = 0

    def _frame(self, *readings: tuple[int, int]) -> None:
        rows = [(series_id, ts_us, 10.0 + self.seq % 7) for series_id, ts_us in readings]
        at = datetime.fromtimestamp(self.received_s, UTC)
        self.bank.score(
            LANE, MemoryFrame.of(self.seq, at, rows), 1, round(self.received_s * SECOND)
        )
        self.seq += 1

    def send(self, *series: int, source_step_s: float = 1.0, receive_step_s: float = 1.0) -> None:
        self.received_s += receive_step_s
        self.source_s += source_step_s
        now = round(self.source_s * SECOND)
        self._frame(*((series_id, now) for series_id in series))

    def silent(self) -> set[int]:
        return {self.bank.series[row] for row, _, _ in self.bank.silent()}


def test_a_series_that_stops_while_the_other_goes_on_is_silent() -> None:
    gateway = Gateway()
    for _ in range(200):
        gateway.send(1, 2)
    noticed_s = None
    for second in range(300):
        gateway.send(1)
        if gateway.silent() == {2}:
            noticed_s = second
            break
    assert noticed_s is not None
    assert 118 <= noticed_s <= 135


def test_an_outage_of_the_whole_gateway_is_nobodys_silence() -> None:
    gateway = Gateway()
    for _ in range(200):
        gateway.send(1, 2)
    gateway.send(1, source_step_s=36_000, receive_step_s=36_000)
    for _ in range(10):
        gateway.send(1)
        assert not gateway.silent()
    gateway.send(1, 2)
    # And it is no measure of what the series does by itself: the next silence is found as soon.
    for _ in range(150):
        gateway.send(1)
    assert gateway.silent() == {2}


def test_history_replayed_at_speed_is_no_silence() -> None:
    gateway = Gateway()
    for _ in range(200):
        gateway.send(1, 2, source_step_s=30, receive_step_s=0.01)
    for _ in range(500):
        gateway.send(1, source_step_s=30, receive_step_s=0.01)
        assert not gateway.silent()


def test_a_series_that_reports_changes_only_sets_its_own_measure() -> None:
    gateway = Gateway()
    for second in range(30_000):
        gateway.send(*((1, 2) if second % 200 == 0 else (1,)))
        assert not gateway.silent()
    for _ in range(700):
        gateway.send(1)
        assert not gateway.silent()
    for _ in range(200):
        gateway.send(1)
    assert gateway.silent() == {2}


def test_a_series_seen_a_few_times_is_not_missed() -> None:
    gateway = Gateway()
    for _ in range(50):
        gateway.send(1, 2)
    for _ in range(1000):
        gateway.send(1)
        assert not gateway.silent()


def test_a_clock_minutes_ahead_does_not_make_the_others_silent() -> None:
    gateway = Gateway()
    for _ in range(500):
        gateway.received_s += 1.0
        gateway.source_s += 1.0
        now, ahead = round(gateway.source_s * SECOND), round((gateway.source_s + 290) * SECOND)
        gateway._frame((1, now), (2, ahead))
        assert not gateway.silent()
