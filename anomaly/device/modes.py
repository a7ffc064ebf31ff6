"""Whether a machine runs: a stopped machine is not an anomaly, and one that has just started is not settled.

Said by a tag where there is one (a series whose values somebody has given modes to, or one of kind `state`
named in `device_running_tags`, at or below 0 while the machine is stopped), else by what the machine draws:
all its series of kind power and current, or, where there are none, of kind speed, lie in the lowest twentieth
of their engineering range. Where no range is known nothing is recognised. Whether a machine that runs idles
or is loaded is `anomaly.device.load`'s.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anomaly.device.loads import Loads, ModeChange
from anomaly.settings import AnomalySettings
from anomaly.sources import Frame, SeriesInfo, has_value

# Part of the engineering range below which nothing runs.
_RESTING_PART = 0.05
# After a rest a machine settles for half as long as it rested, within these bounds.
_SETTLE_PART = 0.5
_SETTLE_US_MIN = 30_000_000
_SETTLE_US_MAX = 1_800_000_000
# The better witnesses come first: only the best that a device has are asked.
_TAG, _DRAW, _SPEED = range(3)
_WITNESSES = {"power": _DRAW, "current": _DRAW, "speed": _SPEED}


def witness_of(info: SeriesInfo, section: AnomalySettings) -> tuple[int, float] | None:
    """Return how good a witness a series is, and the value up to which it says that the machine rests."""
    if info.modes:
        return _TAG, float("inf")  # which values say so is in `stops`
    if info.kind == "state":
        return (_TAG, 0.0) if info.name in section.device_running_tags else None
    rank, span = _WITNESSES.get(info.kind), info.range.span
    if rank is None or span is None or info.range.low is None:
        return None
    return rank, info.range.low + _RESTING_PART * span


@dataclass
class Rest:
    """Whether one device rests.

    Attributes:
        limits: by witness, up to which value it says so.
        ranks: by witness, how good it is.
        stops: by tag whose values have modes, which of them say so.
        low: what each of the best witnesses said last.
        since_us: since when it rests, -1 while it runs.
        until_us: until when it settles.
    """

    limits: dict[int, float] = field(default_factory=dict)
    ranks: dict[int, int] = field(default_factory=dict)
    stops: dict[int, frozenset[float]] = field(default_factory=dict)
    low: dict[int, bool] = field(default_factory=dict)
    since_us: int = -1
    until_us: int = 0

    def add(
        self, series_id: int, witness: tuple[int, float], stops: frozenset[float] | None = None
    ) -> None:
        """Ask one more series."""
        self.ranks[series_id], self.limits[series_id] = witness
        self.stops.pop(series_id, None)
        if stops is not None:
            self.stops[series_id] = stops

    @property
    def witnesses(self) -> set[int]:
        """The series that are asked."""
        best = min(self.ranks.values(), default=_TAG)
        return {series_id for series_id, rank in self.ranks.items() if rank == best}

    @property
    def is_plain(self) -> bool:
        """Whether it runs, and no witness says anything else."""
        return self.since_us < 0 and not any(self.low.values())

    def take(self, series_id: int, ts_us: int, value: float) -> None:
        """Hear a witness."""
        asked = self.witnesses
        if series_id not in asked:
            return
        if series_id in self.stops:
            self.low[series_id] = value in self.stops[series_id]
        else:
            self.low[series_id] = value <= self.limits[series_id]
        rests = all(self.low.get(each, False) for each in asked)
        if rests and self.since_us < 0:
            self.since_us = ts_us
        elif not rests and self.since_us >= 0:
            rested_us = max(ts_us - self.since_us, 0)
            settle_us = min(max(round(_SETTLE_PART * rested_us), _SETTLE_US_MIN), _SETTLE_US_MAX)
            self.since_us, self.until_us = -1, ts_us + settle_us

    def is_judged(self, ts_us: int) -> bool:
        """Tell whether what the machine does at a time says anything about it."""
        return self.since_us < 0 and ts_us >= self.until_us

    def copy(self) -> "Rest":
        """Return another of the same."""
        return Rest(
            dict(self.limits), dict(self.ranks), dict(self.stops), dict(self.low), self.since_us,
            self.until_us,
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Return what was heard as MessagePack-ready values."""
        return {"low": dict(sorted(self.low.items())), "times": [self.since_us, self.until_us]}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned."""
        self.low = {int(key): bool(low) for key, low in state["low"].items()}
        self.since_us, self.until_us = state["times"]


class Rests:
    """Which devices of a gateway rest, in one lane."""

    def __init__(self, section: AnomalySettings) -> None:
        self._section = section
        self.loads = Loads()
        # Modes that began, until they are written down.
        self.changes: list[ModeChange] = []
        self._asset: dict[int, str] = {}
        self._rests: dict[str, Rest] = {}
        self._heard: dict[str, Rest] = {}
        # What has come back from a snapshot of devices whose witnesses were not placed yet.
        self._saved: dict[str, Any] = {}
        self._ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self._limits: NDArray[np.float64] = np.zeros(0)

    def place(self, series_id: int, info: SeriesInfo | None) -> None:
        """Know a series as the facts are now."""
        self.loads.place(series_id, info)
        asset_id = None if info is None else info.asset_id
        if self._asset.get(series_id) != asset_id:
            former = self._rests.get(self._asset.pop(series_id, ""))
            if former is not None:
                former.ranks.pop(series_id, None)
                former.low.pop(series_id, None)
        witness = None if info is None else witness_of(info, self._section)
        if asset_id is not None:
            self._asset[series_id] = asset_id
        if asset_id is None or witness is None:
            return
        if asset_id not in self._rests:
            self._rests[asset_id] = Rest()
            if asset_id in self._saved:
                self._rests[asset_id].restore(self._saved.pop(asset_id))
        stops = (
            frozenset(value for value, mode in info.modes if mode == "stopped") if info else None
        )
        self._rests[asset_id].add(series_id, witness, stops if info and info.modes else None)
        limits = {key: rest.limits[key] for rest in self._rests.values() for key in rest.ranks}
        self._ids = np.array(sorted(limits), np.int64)
        self._limits = np.array([limits[key] for key in sorted(limits)])

    def mask(self, frame: Frame) -> NDArray[np.bool_] | None:
        """Tell which readings say nothing, for their device rests or settles; None where there are none.

        Changes nothing: `settle` does, once the frame has been scored.
        """
        self._heard = {}
        if not len(self._ids) and not self.loads.ids:
            return None
        values = np.flatnonzero(has_value(frame))
        between = self.loads.mask(frame, values, self._asset)
        resting = self._resting(frame, values) if len(self._ids) else None
        if between is None or resting is None:
            return resting if between is None else between
        return between | resting

    def _resting(self, frame: Frame, values: NDArray[np.intp]) -> NDArray[np.bool_] | None:
        series = frame.series_id[values]
        places = np.minimum(np.searchsorted(self._ids, series), len(self._ids) - 1)
        witnessed = self._ids[places] == series
        low = witnessed & (frame.value[values] <= self._limits[places])
        concerned = {self._asset[key] for key in np.unique(series[low]).tolist()}
        oldest_us = int(frame.ts_us[values].min()) if len(values) else 0
        for asset_id, rest in self._rests.items():
            if not rest.is_plain or oldest_us < rest.until_us:
                concerned.add(asset_id)
        if not concerned:
            return None
        masked = np.zeros(len(frame.series_id), np.bool_)
        for asset_id in sorted(concerned):
            self._follow(asset_id, frame, values, masked)
        return masked

    def _follow(
        self, asset_id: str, frame: Frame, values: NDArray[np.intp], masked: NDArray[np.bool_]
    ) -> None:
        """Go through a device's readings in the order of source time."""
        rest = self._rests[asset_id].copy()
        members = [key for key, owner in self._asset.items() if owner == asset_id]
        own = values[np.isin(frame.series_id[values], members)]
        order = own[np.lexsort((frame.series_id[own], frame.ts_us[own]))]
        times, first = np.unique(frame.ts_us[order], return_index=True)
        for rows, ts_us in zip(np.split(order, first[1:]), times.tolist(), strict=True):
            # What a moment says counts for all its readings.
            for row in rows.tolist():
                series_id = int(frame.series_id[row])
                if series_id in rest.ranks:
                    rest.take(series_id, ts_us, float(frame.value[row]))
            if not rest.is_judged(ts_us):
                masked[rows] = True
        self._heard[asset_id] = rest

    def settle(self) -> None:
        """Remember what the last frame that was looked at said."""
        self._rests |= self._heard
        self._heard = {}
        self.changes += self.loads.settle()

    def take_changes(self) -> list[ModeChange]:
        """Return the modes that began since this was asked last."""
        taken, self.changes = self.changes, []
        return taken

    def begin_from(self, other: "Rests") -> None:
        """Know the devices of another lane, and nothing of whether they rest."""
        self._asset = dict(other._asset)  # noqa: SLF001 - of this class
        self.loads.begin_from(other.loads)
        self._ids, self._limits = other._ids, other._limits  # noqa: SLF001 - as above
        self._rests = {
            asset_id: Rest(dict(rest.limits), dict(rest.ranks), dict(rest.stops))
            for asset_id, rest in other._rests.items()  # noqa: SLF001 - as above
        }

    def state(self) -> dict[str, Any]:
        """Return all of it as MessagePack-ready values."""
        known = {asset_id: rest.state() for asset_id, rest in self._rests.items()}
        # A machine's id is never empty.
        return dict(sorted((self._saved | known).items())) | {"": self.loads.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned; the series are placed as they come."""
        self._saved = dict(state)
        self.loads.restore(self._saved.pop("", None))
