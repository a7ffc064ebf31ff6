"""Series against the limits that people have set for them, for one lane of a gateway.

A limit raises when readings have been beyond it for its delay, of source time, and returns when they have
been inside by its deadband for its other delay. It knows nothing of models, and models nothing of it: a limit
that stands does not keep anything from learning.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from anomaly.deviations import Change, Deviation, Onset, Record, Transition
from anomaly.sources import Frame, LaneKey, Limit, SeriesInfo, has_value

# A worse value is told when it beats the worst one told by this factor.
_WORSE_FACTOR = 1.25
_TINY = 1e-9
_MINUTE_US = 60_000_000.0

_RECORDS = {
    "hh": Record.LIMIT_HH,
    "h": Record.LIMIT_H,
    "l": Record.LIMIT_L,
    "ll": Record.LIMIT_LL,
    "rise": Record.RATE_RISE,
    "fall": Record.RATE_FALL,
}
_ABOVE = frozenset({"hh", "h", "rise"})
_RATES = frozenset({"rise", "fall"})


@dataclass
class Watched:
    """One limit and where its series stands with it: idle, beyond since, active, or inside since."""

    limit: Limit
    deviation: Deviation | None = None
    beyond: Onset | None = None
    inside_us: int | None = None
    told: float = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether nothing begins or lasts."""
        return self.deviation is None and self.beyond is None

    def excess(self, seen: float) -> float:
        """Return how far beyond the setpoint a value, or a rate, lies; negative inside."""
        limit = self.limit
        if limit.kind == "fall":
            return -seen - limit.setpoint
        return seen - limit.setpoint if limit.kind in _ABOVE else limit.setpoint - seen

    def judge(self, seen: float, onset: Onset) -> Change | None:
        """Take a value, or a rate, seen at a place; tell what it changed."""
        excess = self.excess(seen)
        if self.deviation is None:
            return self._judge_idle(seen, excess, onset)
        if excess > -self.limit.deadband:
            self.inside_us = None
        else:
            self.inside_us = onset.ts_us if self.inside_us is None else self.inside_us
            if onset.ts_us - self.inside_us >= self.limit.off_delay_s * 1e6:
                return Change.ENDED
        score = self._score(excess)
        if score <= self.deviation.score:
            return None
        self.deviation = replace(self.deviation, score=score, seen=seen)
        if score < self.told * _WORSE_FACTOR:
            return None
        self.told = score
        return Change.WORSENED

    def _judge_idle(self, seen: float, excess: float, onset: Onset) -> Change | None:
        if excess <= 0.0:
            self.beyond = None
            return None
        self.beyond = self.beyond or onset
        if onset.ts_us - self.beyond.ts_us < self.limit.on_delay_s * 1e6:
            return None
        limit = self.limit
        end = -limit.setpoint if limit.kind == "fall" else limit.setpoint
        low, high = (None, end) if limit.kind in _ABOVE else (end, None)
        self.told = self._score(excess)
        self.deviation = Deviation(
            _RECORDS[limit.kind], self.beyond, low, high, seen, self.told, severity=limit.severity
        )
        self.beyond = self.inside_us = None
        return Change.STARTED

    def _score(self, excess: float) -> float:
        scale = max(abs(self.limit.setpoint), self.limit.deadband, _TINY)
        return 1.0 + max(excess, 0.0) / scale


@dataclass
class Slope:
    """How fast a series changes, per minute: over half to the whole of a span, from two references."""

    over_us: float
    older: tuple[int, float] | None = None
    newer: tuple[int, float] | None = None

    def see(self, value: float, ts_us: int) -> float | None:
        """Take a value; return the rate, None while too little has been seen."""
        half = self.over_us / 2
        if self.newer is None or ts_us - self.newer[0] >= half:
            # After a silence the last reference is too old to say how fast anything was.
            stale = self.newer is not None and ts_us - self.newer[0] > 2 * self.over_us
            self.older = None if stale else self.newer
            self.newer = (ts_us, value)
        if self.older is None or ts_us - self.older[0] < half:
            return None
        since_us, before = self.older
        return (value - before) / (ts_us - since_us) * _MINUTE_US


@dataclass
class SeriesWatch:
    """One series with its limits."""

    watched: list[Watched]
    slopes: dict[str, Slope]
    last_us: int = 0

    @classmethod
    def of(cls, limits: Collection[Limit]) -> "SeriesWatch":
        """Begin to watch."""
        slopes = {each.kind: Slope(each.over_s * 1e6) for each in limits if each.kind in _RATES}
        return cls([Watched(limit) for limit in limits], slopes)

    @property
    def limits(self) -> tuple[Limit, ...]:
        """What is watched."""
        return tuple(each.limit for each in self.watched)

    def is_quiet(self, low: float, high: float) -> bool:
        """Tell whether readings between these ends change nothing."""
        return not self.slopes and all(
            each.is_idle and max(each.excess(low), each.excess(high)) <= 0.0
            for each in self.watched
        )

    def see(self, value: float, onset: Onset) -> Iterator[tuple[Watched, Change]]:
        """Take a reading; yield what it changed. One older than the last is passed over."""
        if onset.ts_us < self.last_us:
            return
        self.last_us = onset.ts_us
        for each in self.watched:
            seen: float | None = value
            if each.limit.kind in _RATES:
                seen = self.slopes[each.limit.kind].see(value, onset.ts_us)
            change = None if seen is None else each.judge(seen, onset)
            if change is not None:
                yield each, change


class LimitWatch:
    """All limits of one lane of a gateway."""

    def __init__(self) -> None:
        self._series: dict[int, SeriesWatch] = {}
        self._infos: Mapping[int, SeriesInfo] | None = None
        self._sizes = (0, 0)
        self._ids = np.zeros(0, np.int32)

    def follow(
        self, infos: Mapping[int, SeriesInfo], series_ids: Collection[int], ts_us: int
    ) -> tuple[bool, list[Transition]]:
        """Watch what is set by now; tell whether that changed, and what ended with it.

        Costs next to nothing while neither the facts nor the series are others than before.
        """
        sizes = (len(infos), len(series_ids))
        if infos is self._infos and sizes == self._sizes:
            return False, []
        self._infos, self._sizes = infos, sizes
        changed, ended = False, []
        for series_id in series_ids:
            info = infos.get(series_id)
            if info is None:
                continue
            watch = self._series.get(series_id)
            if info.limits != (() if watch is None else watch.limits):
                changed = True
                ended += self._set(series_id, info.limits, ts_us)
        self._ids = np.array(sorted(self._series), np.int32)
        return changed, ended

    def _set(self, series_id: int, limits: Collection[Limit], ts_us: int) -> list[Transition]:
        before = self._series.pop(series_id, None)
        ended = []
        fresh = SeriesWatch.of(limits)
        for old in before.watched if before else ():
            if old.limit in fresh.limits:
                fresh.watched[fresh.limits.index(old.limit)] = old
            elif old.deviation is not None:
                ended.append(Transition(series_id, Change.ENDED, old.deviation, ts_us, 0))
        if limits:
            self._series[series_id] = fresh
        return ended

    def score(self, lane: LaneKey, frame: Frame) -> list[Transition]:
        """Hold a frame's values against the limits; return what changed, in the frame's order."""
        if not len(self._ids):
            return []
        chosen = np.flatnonzero(np.isin(frame.series_id, self._ids) & has_value(frame))
        found: list[Transition] = []
        for series_id in np.unique(frame.series_id[chosen]).tolist():
            rows = chosen[frame.series_id[chosen] == series_id]
            values, times = frame.value[rows], frame.ts_us[rows]
            watch = self._series[series_id]
            if watch.is_quiet(float(values.min()), float(values.max())):
                watch.last_us = max(watch.last_us, int(times.max()))
                continue
            for index, ts_us, value in zip(
                rows.tolist(), times.tolist(), values.tolist(), strict=True
            ):
                onset = Onset(str(lane.epoch), lane.lane, frame.seq, index, ts_us)
                found += self._transitions(series_id, watch, value, onset)
        found.sort(key=lambda transition: transition.index)
        return found

    def _transitions(
        self, series_id: int, watch: SeriesWatch, value: float, onset: Onset
    ) -> Iterator[Transition]:
        for each, change in watch.see(value, onset):
            assert each.deviation is not None  # a change is one of it
            yield Transition(series_id, change, each.deviation, onset.ts_us, onset.index)
            if change is Change.ENDED:
                each.deviation = each.inside_us = None

    def _open(self) -> Iterator[tuple[int, Watched, Record]]:
        for series_id, watch in self._series.items():
            for each in watch.watched:
                if each.deviation is not None:
                    yield series_id, each, each.deviation.record

    def knows(self, series_id: int, record: Record) -> bool:
        """Tell whether a series is beyond that limit."""
        return any((number, kind) == (series_id, record) for number, _, kind in self._open())

    def agree(self, known: Collection[tuple[int, Record]]) -> None:
        """Begin anew with what the alarms do not know of: it was changed while nobody scored."""
        for series_id, each, record in self._open():
            if (series_id, record) not in known:
                each.deviation = each.beyond = each.inside_us = None

    # --- saved and brought back -------------------------------------------------------------------

    def state(self) -> dict[int, Any]:
        """Return all of it as MessagePack-ready values."""
        return {
            series_id: {
                "last_us": watch.last_us,
                "slopes": {key: asdict(slope) for key, slope in watch.slopes.items()},
                "watched": [_pack(each) for each in watch.watched],
            }
            for series_id, watch in self._series.items()
        }

    def restore(self, state: Mapping[int, Any]) -> None:
        """Take over what `state` returned."""
        self._series = {
            int(series_id): SeriesWatch(
                [_unpack(each) for each in packed["watched"]],
                {key: _slope(**slope) for key, slope in packed["slopes"].items()},
                packed["last_us"],
            )
            for series_id, packed in state.items()
        }
        self._ids = np.array(sorted(self._series), np.int32)
        self._infos = None


def _slope(over_us: float, older: Any, newer: Any) -> Slope:
    return Slope(over_us, older and tuple(older), newer and tuple(newer))


def _pack(watched: Watched) -> dict[str, Any]:
    return {
        "limit": asdict(watched.limit),
        "deviation": watched.deviation and watched.deviation.pack(),
        "beyond": watched.beyond and asdict(watched.beyond),
        "inside_us": watched.inside_us,
        "told": watched.told,
    }


def _unpack(packed: Mapping[str, Any]) -> Watched:
    return Watched(
        Limit(**packed["limit"]),
        Deviation.unpack(packed["deviation"]) if packed["deviation"] else None,
        Onset(**packed["beyond"]) if packed["beyond"] else None,
        packed["inside_us"],
        packed["told"],
    )
