"""A series that falls silent while the others go on; and what only looks like it."""

from anomaly.scoring.silence import SilenceWatch
from tests.unit.anomaly.driving import SECOND, section


class Gateway:
    """Sends one frame a second of receive time with the series it is told."""

    def __init__(self) -> None:
        self.watch = SilenceWatch(section())
        self.received_s = 1_000.0
        self.source_s = 1_000.0

    def send(self, *series: int, source_step_s: float = 1.0, receive_step_s: float = 1.0) -> None:
        self.received_s += receive_step_s
        self.source_s += source_step_s
        now = round(self.source_s * SECOND)
        self.watch.receive(round(self.received_s * SECOND), now, now)
        for series_id in series:
            self.watch.hear(series_id, now, now, 0, 1)

    def silent(self) -> set[int]:
        return {series_id for series_id, _, _ in self.watch.silent()}


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
        gateway.watch.receive(round(gateway.received_s * SECOND), now, ahead)
        gateway.watch.hear(1, now, now, 0, 1)
        gateway.watch.hear(2, ahead, ahead, 0, 1)
        assert not gateway.silent()
