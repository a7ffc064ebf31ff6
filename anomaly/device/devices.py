"""All devices of one gateway in one lane: who has which series, and which of them are unlike themselves."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anomaly.detectors.joint import JointFactory
from anomaly.deviations import Transition
from anomaly.device.device import SERIES_MAX, Device
from anomaly.device.model import DeviceModel
from anomaly.device.parameters import DeviceParameters
from anomaly.settings import AnomalySettings
from anomaly.sources import Frame, LaneKey, SeriesInfo, has_value

Ints = NDArray[np.int64]

# Raised when anything saved here changes its shape: older devices are then learnt anew.
_LAYOUT = 1


class DeviceModels:
    """The devices of one gateway in one lane."""

    def __init__(self, section: AnomalySettings) -> None:
        self._section = section
        self._parameters = DeviceParameters.of(section)
        self._on = section.device_models
        self._assets: list[str] = []
        self._devices: dict[str, Device] = {}
        # Models chosen for devices; the platform's own for the others.
        self._chosen: dict[str, JointFactory] = {}
        # Sorted ids of known series; for each the number of its device and its slot there.
        self._ids: Ints = np.zeros(0, np.int64)
        self._device: Ints = np.zeros(0, np.int64)
        self._slot: Ints = np.zeros(0, np.int64)
        self._deviating: set[str] = set()

    def __iter__(self) -> Iterator[str]:
        return iter(self._devices)

    def device(self, asset_id: str) -> Device | None:
        """Return what is known of a device, None before its first reading."""
        return self._devices.get(asset_id)

    @property
    def deviating(self) -> frozenset[str]:
        """Devices whose deviation is open."""
        return frozenset(self._deviating)

    def deviating_series(self) -> set[int]:
        """Return the series that were told to make a device unlike itself."""
        return {key for asset in self._deviating for key in self._devices[asset].deviations}

    def series_in_alarm(self) -> set[int]:
        """Return every series of the devices whose deviation is open: nothing may be learnt of them."""
        return {key for asset in self._deviating for key in self._devices[asset].series}

    def assets_of(self, series_ids: Iterable[int]) -> set[str]:
        """Return the devices that series belong to."""
        places = self._places(np.fromiter(series_ids, np.int64))
        numbers = self._device[places[places >= 0]]
        return {self._assets[number] for number in numbers}

    def score(
        self,
        lane: LaneKey,
        frame: Frame,
        frozen: Collection[str] = frozenset(),
        resting: NDArray[np.bool_] | None = None,
    ) -> list[Transition]:
        """Score a frame's values and learn from them, but for devices that are `frozen`.

        Readings that are `resting`, and of series that were not placed, are passed over. What changed comes
        after the frame's own places: a row of a device is none of its readings.
        """
        judged = has_value(frame)
        values = np.flatnonzero(judged if resting is None else judged & ~resting)
        places = self._places(frame.series_id[values].astype(np.int64))
        known = np.flatnonzero(places >= 0)
        if not len(known):
            return []
        values, places = values[known], places[known]
        devices = self._device[places]
        ts_us = frame.ts_us[values]
        order = np.lexsort((places, ts_us, devices))
        numbers, starts = np.unique(devices[order], return_index=True)
        ends = [*starts.tolist()[1:], len(order)]
        found: list[Transition] = []
        # Beyond the frame's readings, and its end, which silences take.
        place = (str(lane.epoch), lane.lane, frame.seq, len(frame.series_id) + 1)
        for number, start, end in zip(numbers.tolist(), starts.tolist(), ends, strict=True):
            asset_id, chosen = self._assets[number], order[start:end]
            device = self._devices[asset_id]
            found += device.run(
                self._slot[places[chosen]], ts_us[chosen], frame.value[values[chosen]], place,
                frozen=asset_id in frozen,
            )  # fmt: skip
            self._note(asset_id, device)
        return found

    def _note(self, asset_id: str, device: Device) -> None:
        if device.deviations:
            self._deviating.add(asset_id)
        else:
            self._deviating.discard(asset_id)

    def _places(self, series: Ints) -> Ints:
        """Return where each reading's series is in the sorted ids, -1 where it is not."""
        if not len(self._ids):
            return np.full(len(series), -1, np.int64)
        places = np.minimum(np.searchsorted(self._ids, series), len(self._ids) - 1)
        found: Ints = np.where(self._ids[places] == series, places, -1)
        return found

    def place(self, series_id: int, info: SeriesInfo | None) -> None:
        """Look at a series with the others of its device, as the facts are now."""
        asset_id = info.asset_id if info is not None and self._is_looked_at(info) else None
        known = next(iter(self.assets_of([series_id])), None)
        if known == asset_id:
            return
        if known is not None:
            self._drop(known)
        if asset_id is None:
            return
        if asset_id not in self._devices:
            assert info is not None  # it has an asset
            self._choose(asset_id, info)
            self._keep(asset_id, self._new(asset_id))
            self._ask(asset_id, info)
        device = self._devices[asset_id]
        if len(device.series) < SERIES_MAX:
            self._enter(series_id, self._assets.index(asset_id), device.add(series_id))

    def _is_looked_at(self, info: SeriesInfo) -> bool:
        chosen = info.detector is not None and info.detector.joint is not None
        return info.scored and (self._on or chosen)

    def _choose(self, asset_id: str, info: SeriesInfo) -> None:
        self._chosen.pop(asset_id, None)
        if info.detector is not None and info.detector.joint is not None:
            self._chosen[asset_id] = info.detector.joint

    def _new(self, asset_id: str) -> Device:
        chosen = self._chosen.get(asset_id)
        if chosen is None:
            return Device(self._parameters)
        return Device(self._parameters, lambda: chosen(self._section))

    def _enter(self, series_id: int, number: int, slot: int) -> None:
        at = int(np.searchsorted(self._ids, series_id))
        self._ids = np.insert(self._ids, at, series_id)
        self._device = np.insert(self._device, at, number)
        self._slot = np.insert(self._slot, at, slot)

    def follow(self, infos: Mapping[int, SeriesInfo]) -> bool:
        """Aim at the false alarms asked of each device now; tell whether that is new of one."""
        changed = False
        for asset_id, device in self._devices.items():
            known = next((infos[key] for key in device.series if key in infos), None)
            if known is not None and known.asset_id == asset_id:
                changed = self._ask(asset_id, known) or changed
        return changed

    def _ask(self, asset_id: str, info: SeriesInfo) -> bool:
        model = self.own_model(asset_id)
        return model is not None and model.ask(info.false_alarms_per_year)

    def own_model(self, asset_id: str) -> DeviceModel | None:
        """Return the platform's own model of a device; None where another was chosen, or it is unknown."""
        device = self._devices.get(asset_id)
        return device.model if device and isinstance(device.model, DeviceModel) else None

    def forget(self, series_id: int) -> None:
        """Begin anew with the device of a series."""
        for asset_id in self.assets_of([series_id]):
            self._drop(asset_id)

    def _drop(self, asset_id: str) -> None:
        number = self._assets.index(asset_id)
        kept = self._device != number
        self._ids, self._slot = self._ids[kept], self._slot[kept]
        self._device = self._device[kept]
        self._device[self._device > number] -= 1
        del self._assets[number], self._devices[asset_id]
        self._deviating.discard(asset_id)

    def settle(self) -> None:
        """Know of no deviation, and let what comes speak for itself."""
        for asset_id in self._deviating:
            self._devices[asset_id].settle()
        self._deviating.clear()

    # --- between lanes ----------------------------------------------------------------------------

    def begin_from(self, other: "DeviceModels") -> None:
        """Know what another lane has learnt of its devices, and nothing of what it saw last."""
        self._chosen = dict(other._chosen)  # noqa: SLF001 - of this class
        for asset_id, theirs in other._devices.items():  # noqa: SLF001 - as above
            self._take(asset_id, theirs)

    def adopt(self, other: "DeviceModels") -> bool:
        """Take over what another lane knows of devices that are cold here; tell whether there were any."""
        adopted = False
        for asset_id, theirs in other._devices.items():  # noqa: SLF001 - of this class
            mine = self._devices.get(asset_id)
            if mine is not None and (mine.model.warm or theirs.model.learnt <= mine.model.learnt):
                continue
            chosen = other._chosen.get(asset_id)  # noqa: SLF001 - as above
            if mine is not None and self._chosen.get(asset_id) is not chosen:
                continue
            if chosen is not None:
                self._chosen[asset_id] = chosen
            self._take(asset_id, theirs)
            adopted = True
        return adopted

    def _take(self, asset_id: str, theirs: Device) -> None:
        if asset_id in self._devices:
            self._drop(asset_id)
        device = self._new(asset_id)
        device.learnt_by(theirs)
        self._keep(asset_id, device)

    def _keep(self, asset_id: str, device: Device) -> None:
        self._devices[asset_id] = device
        self._assets.append(asset_id)
        for slot, series_id in enumerate(device.series):
            self._enter(series_id, len(self._assets) - 1, slot)
        self._note(asset_id, device)

    # --- saved and brought back -------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return all of it as MessagePack-ready values."""
        return {
            "layout": _LAYOUT,
            "devices": {asset_id: device.state() for asset_id, device in self._devices.items()},
        }

    def restore(self, state: Mapping[str, Any] | None, infos: Mapping[int, SeriesInfo]) -> None:
        """Take over what `state` returned; a device of which a series is gone is learnt anew.

        Raises:
            KeyError, TypeError, ValueError: it is damaged.
        """
        if state is None or state["layout"] != _LAYOUT:
            return
        for asset_id, packed in state["devices"].items():
            owners = {infos[key].asset_id if key in infos else "" for key in packed["series"]}
            if owners == {asset_id}:
                self._choose(asset_id, infos[packed["series"][0]])
                device = self._new(asset_id)
                device.restore(packed)
                self._keep(asset_id, device)
