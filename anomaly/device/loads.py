"""In which mode the machines of a gateway are, in one lane: by a tag, or by what they draw."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anomaly.device import load
from anomaly.sources import Frame, SeriesInfo

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_DRAW, _SPEED, _FLOW = range(3)
_WITNESSES = {"power": _DRAW, "current": _DRAW, "speed": _SPEED, "flow": _FLOW}
# Part of its range below which a witness says that nothing runs; a flow may stand still in a running machine.
_RESTING_PART = {_DRAW: 0.05, _SPEED: 0.05, _FLOW: -1.0}
_ARRAYS = ("ints", "floats", "hist", "part")


@dataclass(frozen=True)
class ModeChange:
    """A machine is in a mode (one of `load.MODES`) from a moment of source time on."""

    asset_id: str
    since_us: int
    mode: str


@dataclass
class Loads:
    """What is known of each machine; of those that a tag speaks for only what it said last."""

    assets: list[str] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    tags: dict[int, tuple[str, Mapping[float, str]]] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    ints: Ints = field(default_factory=lambda: np.zeros((0, load.INTS), np.int64))
    floats: Floats = field(default_factory=lambda: np.zeros((0, load.FLOATS)))
    hist: Floats = field(default_factory=lambda: np.zeros((0, load.BINS)))
    # By witness: its device, its range, and the part of it that it said last, -1 before it said anything.
    device: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    low: Floats = field(default_factory=lambda: np.zeros(0))
    span: Floats = field(default_factory=lambda: np.zeros(0))
    rest: Floats = field(default_factory=lambda: np.zeros(0))
    part: Floats = field(default_factory=lambda: np.zeros(0))
    # By machine and series: how good a witness it is, and its range.
    _candidates: dict[str, dict[int, tuple[int, float, float]]] = field(default_factory=dict)
    _after: dict[str, Any] = field(default_factory=dict)

    # --- who is asked -----------------------------------------------------------------------------

    def place(self, series_id: int, info: SeriesInfo | None) -> None:
        """Know a series as the facts are now."""
        owner = None if info is None else info.asset_id
        for asset_id, known in self._candidates.items():
            if series_id in known and asset_id != owner:
                del known[series_id]
                self._ask(asset_id)
        self.tags.pop(series_id, None)
        if info is None:
            return
        if info.modes:
            self.tags[series_id] = (info.asset_id, dict(info.modes))
        low, span = info.range.low, info.range.span
        if info.kind in _WITNESSES and low is not None and span:
            known = self._candidates.setdefault(info.asset_id, {})
            known[series_id] = (_WITNESSES[info.kind], low, span)
            self._ask(info.asset_id)

    def _ask(self, asset_id: str) -> None:
        """Ask the best witnesses of a machine; where they are others than before, begin anew with it."""
        known = self._candidates[asset_id]
        best = min((rank for rank, _, _ in known.values()), default=_FLOW)
        chosen = {key: (low, span) for key, (rank, low, span) in known.items() if rank == best}
        number = self.assets.index(asset_id) if asset_id in self.assets else -1
        places = np.flatnonzero(self.device == number)
        if number >= 0 and {self.ids[place] for place in places} == set(chosen):
            for place in places:
                self.low[place], self.span[place] = chosen[self.ids[place]]
            return
        if number < 0:
            number = len(self.assets)
            self.assets.append(asset_id)
            self.ints = np.pad(self.ints, ((0, 1), (0, 0)))
            self.floats = np.pad(self.floats, ((0, 1), (0, 0)))
            self.hist = np.pad(self.hist, ((0, 1), (0, 0)))
        kept = self.device != number
        self.ids = [key for key, keep in zip(self.ids, kept, strict=True) if keep] + list(chosen)
        count = len(chosen)
        self.device = np.append(self.device[kept], np.full(count, number))
        self.low = np.append(self.low[kept], [low for low, _ in chosen.values()])
        self.span = np.append(self.span[kept], [span for _, span in chosen.values()])
        self.rest = np.append(self.rest[kept], np.full(count, _RESTING_PART[best]))
        self.part = np.append(self.part[kept], np.full(count, -1.0))
        self.ints[number], self.floats[number], self.hist[number] = 0, 0.0, 0.0
        self.ints[number, load.MEMBERS] = count

    # --- frames -----------------------------------------------------------------------------------

    def mask(
        self, frame: Frame, values: NDArray[np.intp], owners: Mapping[int, str]
    ) -> Bools | None:
        """Tell which readings come from a machine between two modes; None where there are none.

        Changes nothing: `settle` does. `values` are the places of the readings that are values.
        """
        self._after = {name: getattr(self, name) for name in _ARRAYS} | {"changes": []}
        changes: list[ModeChange] = self._after["changes"]
        rests: dict[str, list[tuple[int, int]]] = {}
        for number in np.flatnonzero(self.ints[:, load.REST_UNTIL_US] > 0).tolist():
            span = self.ints[number, [load.REST_FROM_US, load.REST_UNTIL_US]].tolist()
            rests.setdefault(self.assets[number], []).append((span[0], span[1]))
        if self.ids:
            self._by_draw(frame, values, changes, rests)
        if self.tags:
            self._by_tag(frame, values, changes, rests)
        return _masked(frame, values, owners, rests) if rests else None

    def _by_draw(
        self, frame: Frame, values: NDArray[np.intp], changes: list[ModeChange],
        rests: dict[str, list[tuple[int, int]]],
    ) -> None:  # fmt: skip
        ids = np.array(self.ids, np.int64)
        order = np.argsort(ids)
        series = frame.series_id[values]
        places = np.minimum(np.searchsorted(ids[order], series), len(ids) - 1)
        own = np.flatnonzero(ids[order][places] == series)
        if not len(own):
            return
        own = own[np.argsort(frame.ts_us[values[own]], kind="stable")]
        rows = values[own]
        for name in _ARRAYS:
            self._after[name] = getattr(self, name).copy()
        out = np.empty((2 * len(rows), 3), np.int64)
        found = load.advance(
            order[places[own]], frame.ts_us[rows], frame.value[rows].astype(np.float64), self.device,
            self.low, self.span, self._after["part"], self._after["ints"], self._after["floats"],
            self._after["hist"], self.rest, out,
        )  # fmt: skip
        spoken_for = {asset_id for asset_id, _ in self.tags.values()}
        for number, ts_us, code in out[:found].tolist():
            asset_id = self.assets[number]
            if asset_id in spoken_for:
                continue
            if code < 0:
                rests.setdefault(asset_id, []).append((ts_us, -code))
            else:
                changes.append(ModeChange(asset_id, ts_us, load.MODES[code]))

    def _by_tag(
        self, frame: Frame, values: NDArray[np.intp], changes: list[ModeChange],
        rests: dict[str, list[tuple[int, int]]],
    ) -> None:  # fmt: skip
        rows = values[np.isin(frame.series_id[values], list(self.tags))]
        told = dict(self.told)
        for row in rows[np.argsort(frame.ts_us[rows], kind="stable")].tolist():
            asset_id, modes = self.tags[int(frame.series_id[row])]
            mode = modes.get(float(frame.value[row]), "unknown")
            before = told.get(asset_id)
            if mode == before:
                continue
            ts_us = int(frame.ts_us[row])
            told[asset_id] = mode
            changes.append(ModeChange(asset_id, ts_us, mode))
            if before not in (None, "stopped") and mode != "stopped":
                rests.setdefault(asset_id, []).append((ts_us, ts_us + load.REST_US))
        self._after["told"] = told

    def settle(self) -> list[ModeChange]:
        """Remember what the last frame that was looked at said; return which modes began in it."""
        changes: list[ModeChange] = self._after.pop("changes", [])
        for name, value in self._after.items():
            setattr(self, name, value)
        self._after = {}
        return changes

    def now(self) -> dict[str, str]:
        """Return the mode of each machine of which one is known."""
        found = {
            asset_id: load.MODES[int(self.ints[number, load.MODE])]
            for number, asset_id in enumerate(self.assets)
        }
        return {key: mode for key, mode in (found | self.told).items() if mode != "unknown"}

    # --- between lanes, saved and brought back ----------------------------------------------------

    def begin_from(self, other: "Loads") -> None:
        """Know the levels of another lane's machines, and nothing of what they did last."""
        self.restore(other.state())
        self.tags, self.told = dict(other.tags), {}
        members = self.ints[:, load.MEMBERS].copy()
        self.ints[:] = 0
        self.ints[:, load.MEMBERS] = members
        self.floats[:, load.SUM] = 0.0
        self.part[:] = -1.0

    def state(self) -> dict[str, Any]:
        """Return all of it as MessagePack-ready values."""
        return {
            "assets": self.assets, "ids": self.ids, "told": dict(sorted(self.told.items())),
            "device": self.device.tobytes(), "rest": self.rest.tobytes(),
            "range": [self.low.tobytes(), self.span.tobytes()],
            "candidates": self._candidates,
            **{name: getattr(self, name).tobytes() for name in _ARRAYS},
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any] | None) -> None:
        """Take over what `state` returned; ranges and tags are placed as they come.

        Raises:
            KeyError, TypeError, ValueError: it is damaged.
        """
        if not state:
            return
        self.assets, self.ids = list(state["assets"]), [int(key) for key in state["ids"]]
        self.told = dict(state["told"])
        self._candidates = {
            asset_id: {int(key): (int(rank), low, span) for key, (rank, low, span) in known.items()}
            for asset_id, known in state["candidates"].items()
        }
        count = len(self.assets)
        self.ints = np.frombuffer(state["ints"], np.int64).reshape(count, load.INTS).copy()
        self.floats = np.frombuffer(state["floats"]).reshape(count, load.FLOATS).copy()
        self.hist = np.frombuffer(state["hist"]).reshape(count, load.BINS).copy()
        self.device = np.frombuffer(state["device"], np.int64).copy()
        self.rest, self.part = (np.frombuffer(state[name]).copy() for name in ("rest", "part"))
        self.low, self.span = (np.frombuffer(each).copy() for each in state["range"])


def _masked(
    frame: Frame, values: NDArray[np.intp], owners: Mapping[int, str],
    rests: Mapping[str, list[tuple[int, int]]],
) -> Bools | None:  # fmt: skip
    masked = np.zeros(len(frame.series_id), np.bool_)
    newest, oldest = int(frame.ts_us.max(initial=0)), int(frame.ts_us.min(initial=2**62))
    for asset_id, spans in rests.items():
        near = [(begin, end) for begin, end in spans if begin <= newest and end > oldest]
        if not near:
            continue
        members = [key for key, owner in owners.items() if owner == asset_id]
        rows = values[np.isin(frame.series_id[values], members)]
        for begin, end in near:
            masked[rows[(frame.ts_us[rows] >= begin) & (frame.ts_us[rows] < end)]] = True
    return masked if masked.any() else None
