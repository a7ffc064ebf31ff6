"""The arrays of one lane of a gateway, grown, asked and saved."""

import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from anomaly.bank import chart, frames, hearing
from anomaly.bank import layout as at
from anomaly.bank.ranges import plausible
from anomaly.compiling import plain
from anomaly.detectors.base import SeriesRange
from anomaly.detectors.ew_chart import width_min
from anomaly.deviations import Change, Deviation, Onset, Transition
from anomaly.records import layout as learnt
from anomaly.settings import AnomalySettings
from anomaly.sources import Frame, LaneKey, SeriesInfo

_CHANGES = {
    at.STARTED: Change.STARTED,
    at.WORSENED: Change.WORSENED,
    at.ENDED: Change.ENDED,
}
# What the chart knows of a series, apart from the plant's facts and the watch.
_CHART = (slice(at.CHART_REALS), slice(at.SAID_LOWEST, at.REALS))
_ROWS_AT_FIRST = 16
_READINGS_AT_FIRST = 512


@dataclass(frozen=True)
class Scored:
    """What a frame came to.

    Attributes:
        missing: series that must be placed or passed over first; if there are any, nothing was done.
        transitions: of the series that the bank judges, in the order of the frame.
        elsewhere: whether there are readings of series that others judge.
    """

    missing: tuple[int, ...] = ()
    transitions: tuple[Transition, ...] = ()
    elsewhere: bool = False


def _grown(array: NDArray[Any], rows: int) -> NDArray[Any]:
    larger = np.zeros((rows, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger


class Bank:
    """State of all series of a gateway in one lane; `layout` says what is where."""

    def __init__(self, section: AnomalySettings, lane: str, *, stable: bool = True) -> None:
        self.section = section
        self.lane = lane
        self.p, self.q = at.parameters(section, stable=stable)
        self.series: list[int] = []
        self.real = np.zeros((_ROWS_AT_FIRST, at.REALS), np.float64)
        self.whole = np.zeros((_ROWS_AT_FIRST, at.WHOLES), np.int64)
        self.records = np.zeros((_ROWS_AT_FIRST, learnt.STATES), np.float64)
        self.records_p = learnt.parameters()
        self.scratch = np.zeros((_ROWS_AT_FIRST, at.SCRATCHES), np.int64)
        self.clocks = np.zeros(at.CLOCKS, np.int64)
        self._rows: dict[int, int] = {}
        self._assets: dict[str, int] = {}
        self._in_alarm = np.zeros(_ROWS_AT_FIRST, np.bool_)
        self._table = np.zeros((0, 3), np.int64)
        self._entries: dict[int, tuple[int, int]] = {}
        self._frame = 0
        self._here = np.zeros(at.PLACE, np.int64)
        self._epoch: UUID | None = None
        self._make_room(_READINGS_AT_FIRST)
        self._make_table()

    def __len__(self) -> int:
        return len(self.series)

    # --- series ---------------------------------------------------------------------------------

    def row(self, series_id: int) -> int | None:
        """Return a series' row, None where it has none."""
        return self._rows.get(series_id)

    def place(self, info: SeriesInfo, facts: int, *, method: int = at.COMPILED) -> int:
        """Give a series a row, if it has none, and the facts as they are now; return the row."""
        row = self._rows.get(info.series_id)
        if row is None:
            row = len(self.series)
            if row == len(self.real):
                self.real = _grown(self.real, 2 * row)
                self.whole = _grown(self.whole, 2 * row)
                self.records = _grown(self.records, 2 * row)
                self.scratch = _grown(self.scratch, 2 * row)
            self.series.append(info.series_id)
            self._rows[info.series_id] = row
            self._begin(row, info.range)
        self.scratch[row, at.ASSET] = self._asset(info.asset_id)
        self.scratch[row, at.METHOD] = method
        self._put(info.series_id, row, facts)
        return row

    def pass_over(self, series_id: int, facts: int) -> None:
        """Know that a series is not to be scored, as of these facts."""
        self._put(series_id, frames.PASSED_OVER, facts)

    def _begin(self, row: int, plant: SeriesRange) -> None:
        self.real[row] = 0.0
        self.whole[row] = 0
        learnt.begin(self.records[row])
        self.scratch[row] = 0
        r = self.real[row]
        r[at.LOWEST], r[at.HIGHEST] = math.inf, -math.inf
        r[at.DOWN] = r[at.UP] = math.inf
        r[at.FAST_LOWEST], r[at.FAST_HIGHEST] = math.inf, -math.inf
        r[at.SAID_LOWEST], r[at.SAID_HIGHEST] = math.inf, -math.inf
        r[at.LAST_VALUE] = math.nan
        self._set_range(row, plant)

    def _set_range(self, row: int, plant: SeriesRange) -> None:
        self.real[row, at.WIDTH_MIN : at.REST_HIGH + 1] = [
            math.nan if part is None else part
            for part in (width_min(plant), *plausible(self.section, plant), plant.low, plant.high)
        ]

    def _asset(self, asset_id: str) -> int:
        number = self._assets.setdefault(asset_id, len(self._assets))
        if number == len(self._in_alarm):
            self._in_alarm = _grown(self._in_alarm, 2 * number)
        return number

    def is_frozen(self, row: int) -> bool:
        """Tell whether the asset of a row is in alarm."""
        return bool(self._in_alarm[self.scratch[row, at.ASSET]])

    def set_in_alarm(self, rows: Iterable[int]) -> None:
        """Say which rows' assets are in alarm, so that nothing is learnt of them."""
        self._in_alarm[:] = False
        for row in rows:
            self._in_alarm[self.scratch[row, at.ASSET]] = True

    def forget(self, series_id: int) -> None:
        """Know nothing of a series any more."""
        row = self._rows.get(series_id)
        if row is None:
            return
        kept = np.delete(np.arange(len(self.series)), row)
        for name in ("real", "whole", "records", "scratch"):
            array = getattr(self, name)
            array[: len(kept)] = array[kept]
        del self.series[row]
        self._rows = {key: number for number, key in enumerate(self.series)}
        self._entries.clear()
        self._make_table()

    # --- the table ------------------------------------------------------------------------------

    def _put(self, series_id: int, row: int, facts: int) -> None:
        self._entries[series_id] = (row, facts)
        if 2 * len(self._entries) > len(self._table):
            self._make_table()
        else:
            frames.put(self._table, series_id, row, facts)

    def _make_table(self) -> None:
        size = 64
        while size < 4 * len(self._entries):
            size *= 2
        self._table = np.full((size, 3), frames.EMPTY, np.int64)
        for series_id, (row, facts) in self._entries.items():
            frames.put(self._table, series_id, row, facts)

    # --- frames ---------------------------------------------------------------------------------

    def _make_room(self, readings: int) -> None:
        self.rows = np.zeros(readings, np.int64)
        self.scores = np.zeros(readings, np.float64)
        self._judged = np.zeros(readings, np.bool_)
        self.breaks = np.zeros(readings, np.float64)
        self._told = np.zeros((readings, at.TOLD_WHOLES), np.int64)
        self._told_real = np.zeros((readings, at.TOLD_REALS), np.float64)

    def score(
        self,
        lane: LaneKey,
        frame: Frame,
        facts: int,
        received_us: int,
        resting: NDArray[np.bool_] | None = None,
    ) -> Scored:
        """Score a frame's values and learn from them.

        `facts` is the number under which series must have been placed or passed over. Afterwards `rows`,
        `scores` and `breaks` hold of each of the frame's readings the row, the chart's score and how far it
        breaks the series' records, until the next frame. Readings that are `resting` are only heard.
        """
        count = len(frame.series_id)
        if count > len(self.rows):
            self._make_room(2 * count)
        here = self._here
        if lane.epoch is not self._epoch:
            here[: at.SEQ] = struct.unpack(">qq", lane.epoch.bytes)
            self._epoch = lane.epoch
        here[at.SEQ] = frame.seq
        self._frame += 1
        series = plain(frame.series_id)
        missing, told, elsewhere = frames.score(
            series, plain(frame.ts_us), plain(frame.value), plain(frame.quality),
            self._table, facts, self.real, self.whole, self.scratch, self.records, self.p, self.q,
            self.records_p, self.clocks,
            self._in_alarm, self._judged[:count] if resting is None else resting,
            here, received_us, self._frame, self.rows, self._told,
            self._told_real, self.scores, self.breaks,
        )  # fmt: skip
        if missing:
            return Scored(missing=tuple(np.unique(series[self.rows[:missing]]).tolist()))
        if told or elsewhere:
            return Scored(
                transitions=tuple(self._transition(number) for number in range(told)),
                elsewhere=bool(elsewhere),
            )
        return _NOTHING

    def silent(self) -> list[tuple[int, int, int]]:
        """Return row, last source time and present time of each silent series."""
        if len(self.rows) < len(self.series):
            self._make_room(2 * len(self.series))
        count = hearing.silent(
            self.real, self.whole, self.p, self.q, self.clocks, len(self.series), self.rows
        )
        now_us = int(self.clocks[at.NEWEST_US])
        return [
            (row, int(self.whole[row, at.HEARD_US]), now_us) for row in self.rows[:count].tolist()
        ]

    def last_heard(self, series_id: int) -> int | None:
        """Return the source time of a series' last reading, None where there was none."""
        row = self._rows.get(series_id)
        if row is None or not self.whole[row, at.HEARD]:
            return None
        return int(self.whole[row, at.HEARD_US])

    def resume(self) -> None:
        """Let every silence count from now on only."""
        self.whole[: len(self.series), at.HEARD_TALKED_US] = self.clocks[at.TALKED_US]

    # --- deviations -----------------------------------------------------------------------------

    def _transition(self, number: int) -> Transition:
        told = self._told[number].tolist()
        return Transition(
            self.series[told[at.TOLD_ROW]],
            _CHANGES[told[at.TOLD_CHANGE]],
            self._deviation(
                told[at.TOLD_RECORD],
                told[at.TOLD_PLACE : at.TOLD_FEATURE],
                self._told_real[number].tolist(),
                told[at.TOLD_FEATURE],
            ),
            told[at.TOLD_TS_US],
            told[at.TOLD_INDEX],
        )

    def _deviation(
        self, record: int, place: list[int], reals: list[float], feature: int
    ) -> Deviation:
        name = at.RECORDS[record]
        assert name is not None
        epoch_high, epoch_low, seq, index, ts_us = place
        onset = Onset(
            str(UUID(bytes=struct.pack(">qq", epoch_high, epoch_low))), self.lane, seq, index, ts_us
        )
        low, high = (None if math.isnan(end) else end for end in reals[:2])
        seen, score, since_s = reals[2:]
        broken = learnt.CAUSES[feature - 1] if feature else None
        return Deviation(name, onset, low, high, seen, score, since_s, feature=broken)

    def deviation(self, row: int) -> Deviation | None:
        """Return a row's open deviation."""
        record = int(self.whole[row, at.RECORD])
        if not record:
            return None
        place = self.whole[row, at.DEVIATION : at.DEVIATION + at.PLACE].tolist()
        reals = self.real[row, at.EXPECTED_LOW : at.EXPECTED_LOW + at.TOLD_REALS].tolist()
        return self._deviation(record, place, reals, int(self.whole[row, at.FEATURE]))

    def hold(self, row: int, deviation: Deviation) -> None:
        """Go on with a deviation that is known to be open."""
        r, w, onset = self.real[row], self.whole[row], deviation.onset
        w[at.RECORD] = at.RECORDS.index(deviation.record)
        epoch = struct.unpack(">qq", UUID(onset.epoch).bytes)
        w[at.DEVIATION : at.DEVIATION + at.PLACE] = [*epoch, onset.seq, onset.index, onset.ts_us]
        ends = [math.nan if end is None else end for end in (deviation.low, deviation.high)]
        r[at.EXPECTED_LOW : at.EXPECTED_LOW + at.TOLD_REALS] = [
            *ends, deviation.seen, deviation.score, deviation.since_s,
        ]  # fmt: skip
        r[at.TOLD] = deviation.score
        w[at.FEATURE] = 1 + learnt.CAUSES.index(deviation.feature) if deviation.feature else 0
        w[at.CALM] = 0

    def renew_limits(self, row: int) -> None:
        """Work out what is expected of a warm series anew: what it rests on was changed from outside."""
        chart.renew_limits(self.real[row], self.whole[row], self.p, self.q)

    def settle(self, row: int) -> None:
        """Know of no deviation, nor of readings that would begin one."""
        for column in (at.RECORD, at.ONSET_ON, at.BEYOND, at.OUTSIDE, at.CALM):
            self.whole[row, column] = 0

    def copy_chart(self, row: int, other: "Bank", other_row: int) -> None:
        """Let a row know what another row, perhaps of another bank, has learnt."""
        for part in _CHART:
            self.real[row, part] = other.real[other_row, part]
        self.whole[row, : at.CHART_WHOLES] = other.whole[other_row, : at.CHART_WHOLES]
        self.records[row] = other.records[other_row]

    def begin_from(self, other: "Bank") -> None:
        """Know what another bank has learnt of its series, and nothing of what it saw last."""
        count = len(other.series)
        self.series, self._rows = list(other.series), dict(other._rows)  # noqa: SLF001 - of this class
        self.real, self.whole = np.zeros_like(other.real), np.zeros_like(other.whole)
        self.scratch = np.zeros_like(other.scratch)
        self.real[:count, : at.REST_HIGH + 1] = other.real[:count, : at.REST_HIGH + 1]
        self.real[:count, at.SAID_LOWEST :] = other.real[:count, at.SAID_LOWEST :]
        self.real[:count, at.LAST_VALUE] = math.nan
        self.whole[:count, : at.CHART_WHOLES] = other.whole[:count, : at.CHART_WHOLES]
        self.records = other.records.copy()
        self.restart(slice(count))

    def restart(self, rows: slice) -> None:
        """Begin short-term means again, in the middle of what is expected."""
        warm = self.whole[rows, at.WARM]
        self.whole[rows, at.FAST_ON] = warm
        self.real[rows, at.FAST] = np.where(warm, self.real[rows, at.MIDDLE], 0.0)
        self.real[rows, at.EXTREME] = 0.0
        self.whole[rows, at.EXCURSION_N] = 0
        learnt.restart(self.records[rows])

    # --- saved and brought back -----------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return all of it as MessagePack-ready values: the arrays' bytes."""
        count = len(self.series)
        return {
            "layout": at.LAYOUT,
            "series": self.series,
            "real": self.real[:count].astype("<f8", copy=False).tobytes(),
            "whole": self.whole[:count].astype("<i8", copy=False).tobytes(),
            "records": self.records[:count].astype("<f8", copy=False).tobytes(),
            "records_layout": learnt.LAYOUT,
            "clocks": self.clocks.tolist(),
        }

    def restore(self, state: dict[str, Any], infos: Mapping[int, SeriesInfo]) -> None:
        """Take over what `state` returned; series that are no longer known are left out.

        Raises:
            KeyError, TypeError, ValueError: it is of another layout.
        """
        found = state["layout"], state["records_layout"]
        if found[0] not in at.WHOLES_OF or found[1] != learnt.LAYOUT:
            raise ValueError(f"bank layout {found}, expected {at.LAYOUT}, {learnt.LAYOUT}")
        wholes, reals = at.WHOLES_OF[found[0]], at.REALS_OF[found[0]]
        real = np.frombuffer(state["real"], "<f8").reshape(-1, reals)
        whole = np.frombuffer(state["whole"], "<i8").reshape(-1, wholes)
        records = np.frombuffer(state["records"], "<f8").reshape(-1, learnt.STATES)
        self.clocks[:] = state["clocks"]
        for old, series_id in enumerate(state["series"]):
            if series_id in infos:
                row = self.place(infos[series_id], 0)
                self.real[row, :reals], self.whole[row, :wholes] = real[old], whole[old]
                self.records[row] = records[old]
                self._set_range(row, infos[series_id].range)


_NOTHING = Scored()
