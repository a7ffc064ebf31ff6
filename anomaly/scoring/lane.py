"""The models of one gateway's series in one lane.

The bank judges every series whose detector is compiled, and hears them all; series with a detector in Python
have a monitor each, which is given its readings after the pass.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anomaly.bank import layout as at
from anomaly.bank.bank import Bank
from anomaly.bank.views import ChartView, HearingView, SeriesView
from anomaly.detectors.base import Detector, DetectorKind
from anomaly.deviations import Change, Deviation, Onset, Record, Transition
from anomaly.device.devices import DeviceModels
from anomaly.device.modes import Rests
from anomaly.redundancy.watch import RedundancyWatch
from anomaly.scoring.chosen import ChosenKinds
from anomaly.scoring.monitor import Place, Reading, SeriesMonitor
from anomaly.scoring.series import Facts
from anomaly.settings import AnomalySettings
from anomaly.sources import LIVE, Frame, LaneKey, SeriesInfo

# Detectors that the bank computes.
COMPILED = frozenset({"ew_chart"})


def microseconds(moment: datetime) -> int:
    """Return a moment as µs since 1970."""
    return round(moment.timestamp() * 1_000_000)


class Monitors(Mapping[int, "SeriesView | SeriesMonitor"]):
    """All series of a lane by id, whoever judges them."""

    def __init__(self, bank: Bank, others: Mapping[int, SeriesMonitor]) -> None:
        self._bank = bank
        self._others = others

    def __getitem__(self, series_id: int) -> SeriesView | SeriesMonitor:
        if series_id in self._others:
            return self._others[series_id]
        row = self._bank.row(series_id)
        if row is None:
            raise KeyError(series_id)
        return SeriesView(self._bank, row)

    def __iter__(self) -> Iterator[int]:
        return iter(list(self._bank.series))

    def __len__(self) -> int:
        return len(self._bank)


@dataclass
class LaneModels:
    """What is known of one gateway's series in one lane."""

    kind: DetectorKind
    section: AnomalySettings
    name: str = LIVE
    received_us: int = 0
    bank: Bank = field(init=False)
    devices: DeviceModels = field(init=False)
    rests: Rests = field(init=False)
    kinds: ChosenKinds = field(init=False)
    redundancy: RedundancyWatch = field(init=False)
    _others: dict[int, SeriesMonitor] = field(default_factory=dict)
    # Whether the machine is suspected, by series whose deviation is open.
    _deviating: dict[int, bool] = field(default_factory=dict)
    _infos: Mapping[int, SeriesInfo] | None = None
    _facts: int = 0

    def __post_init__(self) -> None:
        self.bank = Bank(self.section, self.name)
        self.devices = DeviceModels(self.section)
        self.rests = Rests(self.section)
        self.redundancy = RedundancyWatch(self.section)
        self.kinds = ChosenKinds(self.kind)

    @property
    def monitors(self) -> Monitors:
        """Every series that is scored, by id."""
        return Monitors(self.bank, self._others)

    @property
    def has_monitors(self) -> bool:
        """Whether some series are judged in Python."""
        return bool(self._others)

    @property
    def silence(self) -> HearingView:
        """What was heard of them."""
        return HearingView(self.bank)

    @property
    def deviating(self) -> frozenset[int]:
        """Series whose deviation is open."""
        return frozenset(self._deviating)

    # --- frames -----------------------------------------------------------------------------------

    def score(
        self, lane: LaneKey, frame: Frame, infos: Mapping[int, SeriesInfo]
    ) -> list[Transition]:
        """Score a frame's values and learn from them; return what changed, in the frame's order.

        Readings that are no values are passed over as if they had not come; if that lasts, it is a silence.
        `infos` is asked for a series once: another mapping is asked anew.
        """
        self.received_us = microseconds(frame.received_at)
        if infos is not self._infos:
            self._infos, self._facts = infos, self._facts + 1
        resting = self.rests.mask(frame)
        scored = self.bank.score(lane, frame, self._facts, self.received_us, resting)
        if scored.missing:
            if isinstance(infos, Facts):
                infos.ask(scored.missing)
            for series_id in scored.missing:
                self._place(series_id, infos)
            self._freeze()
            resting = self.rests.mask(frame)
            scored = self.bank.score(lane, frame, self._facts, self.received_us, resting)
        self.rests.settle()
        found = list(scored.transitions)
        if scored.elsewhere:
            found += self._judge_elsewhere(lane, frame, resting)
            found.sort(key=lambda transition: transition.index)
        if lane.lane == LIVE:
            found += self._silences(lane, frame)
        found += self.devices.score(lane, frame, self._assets_in_alarm(), resting)
        # Apart from models: a sensor that drifts is no reason to learn less, nor to suspect the machine.
        found = self.redundancy.follow(infos) + found
        found += self.redundancy.score(lane, frame, resting)
        if found:
            self._note_open(found)
        return found

    def _place(self, series_id: int, infos: Mapping[int, SeriesInfo]) -> None:
        info = infos.get(series_id)
        self.devices.place(series_id, info)
        self.rests.place(series_id, info)
        if info is None or not info.scored:
            self.bank.pass_over(series_id, self._facts)
            return
        if self.kinds.note(info).name in COMPILED:
            self.bank.place(info, self._facts)
        else:
            self.bank.place(info, self._facts, method=at.ELSEWHERE)
            if series_id not in self._others:
                self._others[series_id] = self._monitor(info)

    def _monitor(self, info: SeriesInfo) -> SeriesMonitor:
        detector = self.kinds.kind_of(info).make(self.section, info.range)
        return SeriesMonitor(info.series_id, detector, self.section, info.range)

    def _judge_elsewhere(
        self, lane: LaneKey, frame: Frame, resting: NDArray[np.bool_] | None
    ) -> list[Transition]:
        rows = self.bank.rows[: len(frame.series_id)]
        methods = self.bank.scratch[rows, at.METHOD]
        here = (rows >= 0) & (methods == at.ELSEWHERE)
        chosen = np.flatnonzero(here if resting is None else here & ~resting)
        place = (str(lane.epoch), lane.lane, frame.seq)
        found: list[Transition] = []
        for row, readings in _by_row(frame, rows, chosen):
            monitor = self._others[self.bank.series[row]]
            found += monitor.run(readings, place, frozen=self.bank.is_frozen(row))
        return found

    def _silences(self, lane: LaneKey, frame: Frame) -> list[Transition]:
        found = []
        place, index = (str(lane.epoch), lane.lane, frame.seq), len(frame.series_id)
        for row, last_us, now_us in self.bank.silent():
            series_id = self.bank.series[row]
            monitor = self._others.get(series_id)
            if series_id in self._deviating:
                continue
            if monitor is not None:
                found.append(monitor.start_silence(last_us, now_us, index, place))
            else:
                found.append(self._start_silence(row, last_us, now_us, index, place))
        return found

    def _start_silence(
        self, row: int, last_us: int, ts_us: int, index: int, place: Place
    ) -> Transition:
        """Begin a deviation because nothing came between `last_us` and `ts_us`."""
        view = SeriesView(self.bank, row)
        low, high = view.detector.band() or (None, None)
        since_s = (ts_us - last_us) / 1e6
        onset = Onset(*place, index, last_us)
        silence = Deviation(Record.GAP, onset, low, high, view.last_value, 1.0, since_s)
        self.bank.hold(row, silence)
        return Transition(view.series_id, Change.STARTED, silence, ts_us, index)

    def _note_open(self, transitions: list[Transition]) -> None:
        for transition in transitions:
            record = transition.deviation.record
            if record.is_joint or record.is_comparison:
                continue  # the devices, and the redundant sensors, know of it themselves
            if transition.change is Change.ENDED:
                self._deviating.pop(transition.series_id, None)
            else:
                is_machine = not transition.deviation.record.is_sensor_fault
                self._deviating[transition.series_id] = is_machine
        self._freeze()

    def _freeze(self) -> None:
        """Let nothing be learnt of devices in machine alarm, from the next frame on."""
        machines = {key for key, is_machine in self._deviating.items() if is_machine}
        rows = (self.bank.row(key) for key in machines | self.devices.series_in_alarm())
        self.bank.set_in_alarm(row for row in rows if row is not None)

    def _assets_in_alarm(self) -> set[str]:
        machines = [key for key, is_machine in self._deviating.items() if is_machine]
        return self.devices.assets_of(machines) if machines else set()

    # --- deviations -------------------------------------------------------------------------------

    def knows(self, series_id: int, record: Record) -> bool:
        """Tell whether a deviation of that series, or of its device shown by that series, is open."""
        if record.is_joint:
            return series_id in self.devices.deviating_series()
        if record.is_comparison:
            return self.redundancy.knows(series_id, record)
        return series_id in self._deviating

    def open_onsets(self) -> dict[int, Onset]:
        """Return where each open deviation began."""
        found = ((series_id, self.monitors[series_id].deviation) for series_id in self._deviating)
        return {series_id: one.onset for series_id, one in found if one is not None}

    def forget(self, series_id: int) -> None:
        """Begin anew with a series."""
        self.bank.forget(series_id)
        self._others.pop(series_id, None)
        self.kinds.forget(series_id)
        self.devices.forget(series_id)
        self._deviating.pop(series_id, None)
        self._freeze()

    def settle(self, keep: Mapping[int, Onset]) -> None:
        """Drop every deviation but those named, and let what comes speak for itself."""
        onsets = self.open_onsets()
        for series_id, monitor in self.monitors.items():
            if series_id not in onsets or keep.get(series_id) != onsets[series_id]:
                monitor.settle()
                self._deviating.pop(series_id, None)
        self.bank.resume()
        self.devices.settle()
        self.redundancy.settle()
        self._freeze()

    def hold_to(self, known: Mapping[int, Deviation]) -> None:
        """Make the open deviations those of `known`, but for series that could not tell their end."""
        self.settle({series_id: deviation.onset for series_id, deviation in known.items()})
        for series_id, deviation in known.items():
            monitor = self.monitors.get(series_id)
            if monitor is None or monitor.deviation is not None:
                continue
            if monitor.detector.band() is not None:
                monitor.hold(deviation)
                self._deviating[series_id] = not deviation.record.is_sensor_fault
        self._freeze()

    # --- between lanes ----------------------------------------------------------------------------

    def begin_from(self, other: "LaneModels", infos: Mapping[int, SeriesInfo]) -> None:
        """Know what another lane has learnt of its series, and nothing of what it saw last."""
        self.bank.begin_from(other.bank)
        self.devices.begin_from(other.devices)
        self.rests.begin_from(other.rests)
        self.redundancy.begin_from(other.redundancy)
        self.kinds.begin_from(other.kinds)
        for series_id, monitor in other._others.items():  # noqa: SLF001 - of this class
            if series_id in infos:
                self._others[series_id] = self._monitor(infos[series_id])
                take_over(self._others[series_id].detector, monitor.detector)

    def adopt(self, other: "LaneModels", infos: Mapping[int, SeriesInfo]) -> bool:
        """Take over what another lane knows of series that are cold here; tell whether there were any."""
        adopted = self.devices.adopt(other.devices)
        adopted = self.redundancy.adopt(other.redundancy) or adopted
        for series_id, theirs in other.monitors.items():
            if series_id not in infos:
                continue
            if series_id not in self.monitors:
                self._place(series_id, infos)
            mine = self.monitors.get(series_id)
            if mine is None or mine.detector.band() is not None:
                continue
            if self.kinds.version_of(series_id) != other.kinds.version_of(series_id):
                continue
            if theirs.detector.learnt > mine.detector.learnt:
                take_over(mine.detector, theirs.detector)
                adopted = True
        return adopted

    # --- saved and brought back -------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return all of it as MessagePack-ready values."""
        return {
            "received_us": self.received_us,
            "bank": self.bank.state(),
            "devices": self.devices.state(),
            "rests": self.rests.state(),
            "redundancy": self.redundancy.state(),
            "kinds": self.kinds.state(),
            "monitors": {key: monitor.state() for key, monitor in self._others.items()},
        }

    def restore(self, state: dict[str, Any], infos: Mapping[int, SeriesInfo]) -> None:
        """Take over what `state` returned; series that are no longer known are left out."""
        self.received_us = state["received_us"]
        self.bank.restore(state["bank"], infos)
        self.kinds.restore(state["kinds"], infos)
        outdated = self.kinds.outdated(self.bank.series, infos)
        for series_id in outdated:
            self.forget(series_id)
            self.kinds.drop(series_id)
        # Snapshots from before there were devices have none: they are learnt anew.
        known = {key: infos[key] for key in infos if key not in outdated}
        self.devices.restore(state.get("devices"), known)
        self.rests.restore(state.get("rests", {}))
        self.redundancy.restore(state.get("redundancy"))
        for key, packed in state["monitors"].items():
            if key in infos and key not in outdated:
                monitor = self._others[key] = self._monitor(infos[key])
                monitor.restore(packed)
        for series_id, each in self.monitors.items():
            deviation = each.deviation
            if deviation is not None:
                self._deviating[series_id] = not deviation.record.is_sensor_fault
        self._freeze()


def take_over(mine: "Detector | ChartView", theirs: "Detector | ChartView") -> None:
    """Let a detector know what another knows, but for its short-term view."""
    if isinstance(mine, ChartView):
        assert isinstance(theirs, ChartView)
        mine.take_over(theirs)
    else:
        mine.restore(theirs.state())
    mine.restart()


def _by_row(
    frame: Frame, rows: NDArray[np.int64], chosen: NDArray[np.intp]
) -> list[tuple[int, list[Reading]]]:
    """Group the chosen readings by row, in the order of the frame; their places stay the frame's."""
    order = chosen[np.argsort(rows[chosen], kind="stable")]
    readings = list(
        zip(
            order.tolist(), frame.ts_us[order].tolist(), frame.value[order].tolist(), strict=True,
        )
    )  # fmt: skip
    row = rows[order]
    starts = [0, *(np.flatnonzero(np.diff(row)) + 1).tolist(), len(readings)]
    return [(int(row[start]), readings[start:end]) for start, end in pairwise(starts)]
