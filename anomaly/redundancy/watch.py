"""Sensors that measure the same against each other, for one lane of a gateway.

Knows nothing of models, and models nothing of it: a sensor that drifts does not keep anything from learning.
What was learnt of a group stands until somebody says that it is otherwise from now on, or changes the group.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anomaly.deviations import Change, Deviation, Onset, Record, Transition
from anomaly.redundancy import chart
from anomaly.settings import AnomalySettings
from anomaly.sources import Frame, LaneKey, RedundantGroup, SeriesInfo, has_value

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STEP_US = 60_000_000
_SPAN_US = 3_600_000_000
# What is usual is learnt over a week and then stands: who drifts slowly enough would else be believed.
_REFERENCE_US = 7 * 86_400_000_000
_HOLD_US = 600_000_000
# Minutes in a row beyond the limit that raise; and well inside it that return.
_IN_A_ROW = 5.0
_CLEAR_ROWS = 15.0
# Where nobody has said how exact the sensors are: this part of their range, or of what they measure.
_TOLERANCE_PART = 0.005
_LAYOUT = 1
_ARRAYS = ("ints", "sensors", "pairs", "times")
_CHANGES = {
    chart.STARTED: Change.STARTED,
    chart.WORSENED: Change.WORSENED,
    chart.ENDED: Change.ENDED,
}


def parameters(section: AnomalySettings) -> Floats:
    """Return what the compiled pass takes, in the order `chart` names it."""
    return np.array(
        [
            _STEP_US, _SPAN_US, section.redundancy_warmup_s * 1e6, _REFERENCE_US,
            section.redundancy_deviations, _IN_A_ROW, section.clear_score, _CLEAR_ROWS, _HOLD_US,
        ]
    )  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """How one pair of a group stands; differences are of the first from the second, in their unit.

    Attributes:
        usual, now, limit: the mean difference learnt, the mean of the last hour, how far that may lie off.
        warm: whether it is judged.
        learnt_s: over how much of the sensors' time the usual difference was learnt.
    """

    first: int
    second: int
    usual: float
    now: float
    limit: float
    warm: bool
    learnt_s: float


@dataclass
class RedundancyWatch:
    """All groups of redundant sensors of one lane of a gateway."""

    section: AnomalySettings
    # The groups were changed: a snapshot must go with it.
    changed: bool = False
    _groups: list[RedundantGroup] = field(default_factory=list)
    _deviations: dict[int, Deviation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._params = parameters(self.section)
        self._infos: Mapping[int, SeriesInfo] | None = None
        self._known = 0
        self._found = np.zeros(chart.SENSORS_MAX, np.int64)
        self._make_room()
        self._index({})

    def _make_room(self) -> None:
        count = len(self._groups)
        self.ints = np.zeros((count, chart.INTS), np.int64)
        self.sensors = np.zeros((count, chart.OF_SENSORS, chart.SENSORS_MAX))
        self.sensors[:, [chart.HELD, chart.SIZE]] = np.nan
        self.pairs = np.zeros((count, chart.OF_PAIRS, chart.SENSORS_MAX))
        self.pairs[:, [chart.BEFORE, chart.LAST, chart.LEVEL]] = np.nan
        self.times = np.zeros((count, chart.TIMES, chart.SENSORS_MAX), np.int64)

    def _index(self, infos: Mapping[int, SeriesInfo]) -> None:
        """Prepare what finds a reading's group, and what a reading may be at all."""
        places = {
            series_id: (number, slot)
            for number, group in enumerate(self._groups)
            for slot, series_id in enumerate(group.series_ids)
        }
        self._ids = np.array(sorted(places), np.int64)
        self._group = np.array([places[key][0] for key in sorted(places)], np.int64)
        self._slot = np.array([places[key][1] for key in sorted(places)], np.int64)
        self._members = np.array([len(group.series_ids) for group in self._groups], np.int64)
        ends = [_ends(infos.get(key), self.section.range_margin) for key in sorted(places)]
        self._low = np.array([low for low, _ in ends])
        self._high = np.array([high for _, high in ends])
        self._spans = [
            [infos[key].range.span for key in group.series_ids if key in infos]
            for group in self._groups
        ]

    # --- which groups there are -------------------------------------------------------------------

    def follow(self, infos: Mapping[int, SeriesInfo]) -> list[Transition]:
        """Watch the groups there are by now; return what ended with those that are no more.

        Costs next to nothing while the facts are the same. Of a group of which nothing is said it keeps what
        it has.
        """
        if infos is self._infos and len(infos) == self._known:
            return []
        self._infos, self._known = infos, len(infos)
        told = {info.series_id: info.redundant for info in infos.values()}
        wanted = {group for group in told.values() if group is not None}
        kept = [
            group
            for group in self._groups
            if group in wanted or not any(key in told for key in group.series_ids)
        ]
        fresh = sorted(wanted - set(kept), key=lambda group: group.series_ids)
        ended: list[Transition] = []
        if fresh or len(kept) < len(self._groups):
            ended = self._change([*kept, *fresh])
        self._index(infos)
        return ended

    def _change(self, groups: list[RedundantGroup]) -> list[Transition]:
        """Watch other groups; one of the same sensors with another tolerance goes on."""
        before = {group.series_ids: number for number, group in enumerate(self._groups)}
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        self._groups, self.changed = groups, True
        self._make_room()
        for number, group in enumerate(groups):
            if group.series_ids in before:
                for name, array in arrays.items():
                    getattr(self, name)[number] = array[before[group.series_ids]]
        left = {key for group in groups for key in group.series_ids if group.series_ids in before}
        gone = {key: one for key, one in self._deviations.items() if key not in left}
        for key in gone:
            del self._deviations[key]
        return [Transition(key, Change.ENDED, one, one.onset.ts_us, 0) for key, one in gone.items()]

    # --- frames -----------------------------------------------------------------------------------

    def score(
        self, lane: LaneKey, frame: Frame, resting: NDArray[np.bool_] | None
    ) -> list[Transition]:
        """Compare a frame's values; return what changed, in the order of source time.

        Readings that are `resting` are passed over, and those outside what their sensor can measure.
        """
        if not len(self._ids):
            return []
        chosen = self._chosen(frame, resting)
        if not len(chosen):
            return []
        ts_us = frame.ts_us[chosen]
        order = np.argsort(ts_us, kind="stable")
        chosen, ts_us = chosen[order], ts_us[order]
        places = np.searchsorted(self._ids, frame.series_id[chosen])
        group, slot, value = self._group[places], self._slot[places], frame.value[chosen]
        tolerance = self._tolerances()
        found: list[Transition] = []
        start = 0
        while True:
            start = chart.advance(
                group, slot, ts_us, value, start, self._params, self._members, tolerance, self.ints,
                self.sensors, self.pairs, self.times, self._found,
            )  # fmt: skip
            if start < 0:
                return found
            # Beyond the frame's readings, its end, and what devices say: all of these have places before.
            index = 2 * len(frame.series_id) + 3 + start
            place = (str(lane.epoch), lane.lane, frame.seq, index)
            found += self._changed(int(group[start]), place, tolerance)

    def _chosen(self, frame: Frame, resting: NDArray[np.bool_] | None) -> NDArray[np.intp]:
        places = np.minimum(np.searchsorted(self._ids, frame.series_id), len(self._ids) - 1)
        own = (self._ids[places] == frame.series_id) & has_value(frame)
        own &= (frame.value >= self._low[places]) & (frame.value <= self._high[places])
        if resting is not None:
            own &= ~resting
        return np.flatnonzero(own)

    def _tolerances(self) -> Floats:
        return np.array([self._tolerance(number) for number in range(len(self._groups))])

    def _tolerance(self, number: int) -> float:
        given = self._groups[number].tolerance
        if given is not None:
            return given
        spans = [span for span in self._spans[number] if span]
        if spans:
            return _TOLERANCE_PART * min(spans)
        held = np.abs(self.sensors[number, chart.HELD])
        return float(_TOLERANCE_PART * np.max(held[np.isfinite(held)], initial=0.0))

    def _changed(
        self, number: int, place: tuple[str, str, int, int], tolerance: Floats
    ) -> Iterator[Transition]:
        ts_us = int(self.ints[number, chart.ROW_US])
        for slot, series_id in enumerate(self._groups[number].series_ids):
            code = int(self._found[slot])
            if code == chart.NONE:
                continue
            known = self._deviations.get(series_id)
            if code == chart.ENDED:
                if known is not None:
                    yield Transition(
                        series_id, Change.ENDED, self._deviations.pop(series_id), ts_us, place[3]
                    )
                continue
            onset_us = int(self.times[number, chart.ONSET_US, slot])
            onset = Onset(*place, onset_us) if known is None else known.onset
            deviation = self._deviation(number, slot, onset, float(tolerance[number]), ts_us)
            if known is not None:
                deviation.record = known.record
            self._deviations[series_id] = deviation
            yield Transition(series_id, _CHANGES[code], deviation, ts_us, place[3])

    def _deviation(
        self, number: int, slot: int, onset: Onset, tolerance: float, ts_us: int
    ) -> Deviation:
        """Describe a sensor that disagrees: expected is what the other, or the middle one, says of it."""
        sizes = self.sensors[number, chart.SIZE, : self._members[number]]
        voted = len(sizes) == chart.SENSORS_MAX and not np.isnan(sizes).any()
        if voted:
            other = int(np.argmin(sizes))
        else:
            heard = self.times[number, chart.HELD_US, : len(sizes)].astype(np.float64)
            heard[slot] = -np.inf
            other = int(np.argmax(heard))
        pair = slot + other - 1
        sign = 1.0 if slot < other else -1.0
        pairs = self.pairs[number]
        off = sign * float(pairs[chart.LEVEL, pair] - pairs[chart.MEAN, pair])
        limit = float(chart.limit_of(self._params, self.ints[number], pairs, pair, tolerance))
        seen = float(self.sensors[number, chart.HELD, slot])
        return Deviation(
            Record.DRIFT if voted else Record.DISAGREEMENT,
            onset,
            seen - off - limit,
            seen - off + limit,
            seen,
            abs(off) / limit,
            (ts_us - onset.ts_us) / 1e6,
        )

    # --- what is known ----------------------------------------------------------------------------

    def knows(self, series_id: int, record: Record) -> bool:
        """Tell whether that is open of a sensor."""
        known = self._deviations.get(series_id)
        return known is not None and known.record is record

    @property
    def deviating(self) -> frozenset[int]:
        """Sensors that disagree."""
        return frozenset(self._deviations)

    def comparisons(self) -> list[Comparison]:
        """Return how every pair stands that has been compared."""
        tolerance = self._tolerances()
        found = []
        for number, group in enumerate(self._groups):
            pairs, ints = self.pairs[number], self.ints[number]
            for pair, (one, other) in enumerate(_pairs_of(group)):
                if np.isnan(pairs[chart.LEVEL, pair]):
                    continue
                limit = chart.limit_of(self._params, ints, pairs, pair, float(tolerance[number]))
                found.append(
                    Comparison(
                        one, other, float(pairs[chart.MEAN, pair]), float(pairs[chart.LEVEL, pair]),
                        float(limit), bool(ints[chart.LEARNT_US] >= self._params[chart.WARM_US]),
                        float(ints[chart.LEARNT_US]) / 1e6,
                    )
                )  # fmt: skip
        return found

    def settle(self) -> None:
        """Know of no deviation; one that lasts is told anew."""
        self.sensors[:, [chart.STREAK, chart.CALM, chart.DEVIATES]] = 0.0
        self._deviations.clear()

    def forget(self, series_ids: Iterable[int]) -> None:
        """Learn anew how the groups of these sensors differ: they were calibrated, or moved."""
        chosen = set(series_ids)
        kept = [group for group in self._groups if not chosen & set(group.series_ids)]
        groups, infos = self._groups, self._infos
        if len(kept) == len(groups):
            return
        self._change(kept)
        self._change([*kept, *(group for group in groups if group not in kept)])
        self._index(infos or {})

    def agree(self, known: Collection[tuple[int, Record]]) -> None:
        """Begin anew with what the alarms do not know of: a group was changed while nobody scored."""
        if any((key, one.record) not in known for key, one in self._deviations.items()):
            self.settle()

    # --- between lanes, saved and brought back ----------------------------------------------------

    def begin_from(self, other: "RedundancyWatch") -> None:
        """Know what another lane has learnt of its groups, and nothing of what it saw last."""
        self.restore(other.state())
        self._forget_last(slice(None))
        self.settle()

    def adopt(self, other: "RedundancyWatch") -> bool:
        """Take over what another lane has learnt of groups of which less is known here; tell whether."""
        adopted = False
        mine = {group: number for number, group in enumerate(self._groups)}
        warm_us = self._params[chart.WARM_US]
        for theirs, group in enumerate(other._groups):  # noqa: SLF001 - of this class
            number = mine.get(group)
            if number is None or self.ints[number, chart.LEARNT_US] >= warm_us:
                continue
            if other.ints[theirs, chart.LEARNT_US] > self.ints[number, chart.LEARNT_US]:
                self.ints[number, chart.LEARNT_US] = other.ints[theirs, chart.LEARNT_US]
                self.pairs[number] = other.pairs[theirs]
                adopted = True
        return adopted

    def _forget_last(self, numbers: slice) -> None:
        self.ints[numbers, : chart.LEARNT_US] = 0
        self.sensors[numbers, [chart.SUM, chart.HEARD]] = 0.0
        self.sensors[numbers, [chart.HELD, chart.SIZE]] = np.nan
        self.pairs[numbers, [chart.BEFORE, chart.LAST, chart.LEVEL]] = np.nan
        self.times[numbers] = 0

    def state(self) -> dict[str, Any]:
        """Return all of it as MessagePack-ready values."""
        return {
            "layout": _LAYOUT,
            "groups": [[list(group.series_ids), group.tolerance] for group in self._groups],
            "deviations": {key: one.pack() for key, one in sorted(self._deviations.items())},
            **{name: getattr(self, name).tobytes() for name in _ARRAYS},
        }

    def restore(self, state: Mapping[str, Any] | None) -> None:
        """Take over what `state` returned.

        Raises:
            KeyError, TypeError, ValueError: it is damaged.
        """
        if not state or state["layout"] != _LAYOUT:
            return
        self._groups = [
            RedundantGroup(tuple(int(key) for key in series_ids), tolerance)
            for series_ids, tolerance in state["groups"]
        ]
        self._make_room()
        for name in _ARRAYS:
            own = getattr(self, name)
            own[...] = np.frombuffer(state[name], own.dtype).reshape(own.shape)
        self._deviations = {
            int(key): Deviation.unpack(packed) for key, packed in state["deviations"].items()
        }
        self._infos = None
        self._index({})


def _pairs_of(group: RedundantGroup) -> list[tuple[int, int]]:
    ids = group.series_ids
    if len(ids) == chart.SENSORS_MAX:
        return [(ids[0], ids[1]), (ids[0], ids[2]), (ids[1], ids[2])]
    return [(ids[0], ids[1])]


def _ends(info: SeriesInfo | None, margin: float) -> tuple[float, float]:
    """Return between which values a reading can be true."""
    low, high = (None, None) if info is None else (info.range.low, info.range.high)
    reach = margin * (high - low) if low is not None and high is not None else 0.0
    return (
        -np.inf if low is None else low - reach,
        np.inf if high is None else high + reach,
    )
