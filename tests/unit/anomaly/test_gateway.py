"""A gateway's models: saved and brought back exactly, lanes apart, order inside a frame of no importance."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from random import Random
from uuid import UUID

import numpy as np
import pytest

from anomaly.detectors import shipped
from anomaly.detectors.base import SeriesRange
from anomaly.deviations import Change, Record, Transition
from anomaly.scoring.gateway import GatewayModels
from anomaly.sources import LaneKey, MemoryFrame, SeriesInfo
from tests.unit.anomaly.driving import section

BAD = 0x8031_0000  # BadNoCommunication
UNCERTAIN = 0x4000_0000
NO_VALUES = ((np.nan, BAD), (500.0, BAD), (np.inf, 0), (np.nan, 0))
START = datetime(2026, 11, 1, tzinfo=UTC)
LIVE = LaneKey("gw", UUID(int=1), "live")
BACKLOG = LaneKey("gw", UUID(int=1), "backlog")
INFOS = {
    number: SeriesInfo(number, f"asset-{number % 2}", f"s{number}", "", "other", SeriesRange())
    for number in range(4)
}


def models() -> GatewayModels:
    return GatewayModels(shipped.EW_CHART, section(warmup_readings=200, warmup_span_s=0))


def frame(seq: int, *, lane: str = "live", fault: float = 0.0) -> MemoryFrame:
    random = Random(f"{lane} {seq}")
    at = START + timedelta(seconds=10 * seq)
    rows = [
        (
            number,
            round((at.timestamp() + second) * 1e6),
            random.gauss(10, 1) + fault * (number == 1),
        )
        for second in range(10)
        for number in INFOS
    ]
    return MemoryFrame.of(seq, at, rows)


def run(gateway: GatewayModels, lane: LaneKey, seqs: range, fault: float = 0.0) -> list[Transition]:
    found = []
    for seq in seqs:
        found += gateway.score(lane, frame(seq, lane=lane.lane, fault=fault), INFOS)
    return found


def test_saved_and_brought_back_it_goes_on_exactly() -> None:
    first = models()
    run(first, LIVE, range(40))
    run(first, BACKLOG, range(10))
    started = run(first, LIVE, range(40, 44), fault=20.0)
    assert [transition.change for transition in started][:1] == [Change.STARTED]
    second = models()
    second.unpack(first.pack(), lambda ids: {key: INFOS[key] for key in ids})
    assert second.live.deviating == first.live.deviating == {1}
    for lane, seqs in ((LIVE, range(44, 60)), (BACKLOG, range(10, 30))):
        assert run(first, lane, seqs) == run(second, lane, seqs)
    assert first.pack() == second.pack()
    assert len(first.pack()) < 4 * 2 * 4096


@pytest.mark.parametrize("blob", [b"", b"\x00", b"not a snapshot"])
def test_what_is_no_snapshot_is_refused(blob: bytes) -> None:
    with pytest.raises(ValueError, match="snapshot"):
        models().unpack(blob, lambda _: INFOS)


def test_a_series_that_is_gone_is_left_out_of_what_is_brought_back() -> None:
    first, second = models(), models()
    run(first, LIVE, range(40))
    second.unpack(first.pack(), lambda ids: {key: INFOS[key] for key in ids if key != 2})
    assert sorted(second.live.monitors) == [0, 1, 3]


def test_once_begun_the_lanes_do_not_touch_each_other() -> None:
    together, apart = models(), models()
    for gateway in (together, apart):
        run(gateway, LIVE, range(40))
        run(gateway, BACKLOG, range(1))
    for step in range(20):
        run(together, LIVE, range(40 + step, 41 + step), fault=5.0)
        run(together, BACKLOG, range(1 + step, 2 + step), fault=9.0)
    run(apart, BACKLOG, range(1, 21), fault=9.0)
    run(apart, LIVE, range(40, 60), fault=5.0)
    assert together.pack() == apart.pack()


def test_what_passes_between_lanes_asks_for_a_snapshot() -> None:
    gateway = models()
    run(gateway, BACKLOG, range(30))
    assert gateway.must_save
    gateway.must_save = False
    gateway.adopt_backlog(INFOS)
    assert gateway.must_save
    assert all(monitor.detector.band() for monitor in gateway.live.monitors.values())
    gateway.must_save = False
    gateway.adopt_backlog(INFOS)
    assert not gateway.must_save


def test_the_order_of_series_inside_a_frame_changes_nothing_but_places() -> None:
    plain, shuffled = models(), models()
    for seq in range(50):
        ordered = frame(seq, fault=20.0 if seq > 40 else 0.0)
        by_series = np.argsort(ordered.series_id, kind="stable")
        mixed = MemoryFrame(
            seq,
            ordered.received_at,
            *(getattr(ordered, n)[by_series] for n in ("series_id", "ts_us", "value", "quality")),
        )
        one = plain.score(LIVE, ordered, INFOS)
        other = shuffled.score(LIVE, mixed, INFOS)
        assert [(t.series_id, t.change, t.ts_us) for t in one] == [
            (t.series_id, t.change, t.ts_us) for t in other
        ]


def test_an_alarm_freezes_the_other_series_of_its_device_only() -> None:
    gateway = models()
    run(gateway, LIVE, range(40))
    run(gateway, LIVE, range(40, 44), fault=20.0)
    learnt = {key: monitor.detector.learnt for key, monitor in gateway.live.monitors.items()}
    run(gateway, LIVE, range(44, 80), fault=20.0)
    grew = {
        key
        for key, monitor in gateway.live.monitors.items()
        if monitor.detector.learnt > learnt[key]
    }
    assert grew == {0, 2}  # series 3 is of the device that series 1 put in alarm


def test_a_device_in_alarm_is_frozen_though_its_deviating_series_is_not_in_the_frame() -> None:
    gateway = models()
    run(gateway, LIVE, range(40))
    run(gateway, LIVE, range(40, 44), fault=20.0)
    learnt = gateway.live.monitors[3].detector.learnt
    for seq in range(44, 52):
        whole = frame(seq)
        rows = [
            (3, ts_us, value)
            for number, ts_us, value in zip(
                whole.series_id, whole.ts_us.tolist(), whole.value.tolist(), strict=True
            )
            if number == 3
        ]
        alone = MemoryFrame.of(seq, whole.received_at, rows)
        gateway.score(LIVE, alone, {3: INFOS[3]})
    assert gateway.live.deviating == {1}
    assert gateway.live.monitors[3].detector.learnt == learnt


def test_a_backlog_begins_from_all_live_series_not_those_of_its_first_frame_only() -> None:
    gateway = models()
    run(gateway, LIVE, range(40))
    first = MemoryFrame.of(0, START, [(1, round(START.timestamp() * 1e6), 10.0)])
    gateway.score(BACKLOG, first, {1: INFOS[1]})
    gateway.score(BACKLOG, frame(1, lane="backlog"), INFOS)
    assert gateway.backlog is not None
    for number in INFOS:
        assert gateway.backlog.monitors[number].detector.band() is not None


def test_what_is_no_value_changes_nothing_but_places() -> None:
    plain, mixed = models(), models()
    for seq in range(60):
        whole = frame(seq, fault=20.0 if seq > 40 else 0.0)
        rows = [
            (int(number), int(ts_us), float(value), UNCERTAIN)
            for number, ts_us, value in zip(whole.series_id, whole.ts_us, whole.value, strict=True)
        ]
        nothing = [
            (number, ts_us + 500_000, value, quality)
            for (number, ts_us, _, _), (value, quality) in zip(rows, cycle(NO_VALUES), strict=False)
        ]
        one = plain.score(LIVE, MemoryFrame.of(seq, whole.received_at, rows), INFOS)
        both = [each for pair in zip(nothing, rows, strict=True) for each in pair]
        other = mixed.score(LIVE, MemoryFrame.of(seq, whole.received_at, both), INFOS)
        assert [(t.series_id, t.change, t.ts_us, 2 * t.index + 1) for t in one] == [
            (t.series_id, t.change, t.ts_us, t.index) for t in other
        ]
    assert plain.live.deviating == mixed.live.deviating == {1}
    for number, monitor in plain.live.monitors.items():
        assert monitor.detector.state() == mixed.live.monitors[number].detector.state()
    assert plain.live.silence.state() == mixed.live.silence.state()


def test_a_series_that_only_says_it_has_no_value_is_silent_and_a_gateway_of_them_is_away() -> None:
    gateway, dead = models(), models()
    run(gateway, LIVE, range(40))
    run(dead, LIVE, range(40))
    found: list[Transition] = []
    for seq in range(40, 80):
        whole = frame(seq)
        lost = whole.series_id == 2
        gone = replace(
            whole,
            value=np.where(lost, np.nan, whole.value),
            quality=np.where(lost, np.uint32(BAD), whole.quality),
        )
        found += gateway.score(LIVE, gone, INFOS)
        everything = replace(
            whole, value=whole.value * np.nan, quality=whole.quality + np.uint32(BAD)
        )
        assert dead.score(LIVE, everything, INFOS) == []
    assert [(t.series_id, t.change, t.deviation.record) for t in found] == [
        (2, Change.STARTED, Record.GAP)
    ]


def test_a_silent_series_is_a_deviation_until_it_speaks_again() -> None:
    gateway = models()
    run(gateway, LIVE, range(40))
    found: list[Transition] = []
    for seq in range(40, 80):
        whole = frame(seq)
        keep = (whole.series_id != 2) | (seq >= 70)
        found += gateway.score(
            LIVE,
            MemoryFrame(
                seq, whole.received_at, whole.series_id[keep], whole.ts_us[keep],
                whole.value[keep], whole.quality[keep],
            ),
            INFOS,
        )  # fmt: skip
    assert [(t.series_id, t.change, t.deviation.record) for t in found] == [
        (2, Change.STARTED, Record.GAP),
        (2, Change.ENDED, Record.GAP),
    ]
    assert found[0].deviation.since_s > 120
