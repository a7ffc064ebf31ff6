"""All devices of one gateway in one lane: who has which series, and which of them are unlike themselves."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anomaly.detectors.joint import JointFactory
from anomaly.deviations import Transition
from anomaly.device.device import SERIES_MAX, Device, Place, Steps
from anomaly.device.fleet import Fleet
from anomaly.device.model import DeviceModel
from anomaly.device.parameters import DeviceParameters
from anomaly.settings import AnomalySettings
from anomaly.sources import Frame, LaneKey, SeriesInfo

# Raised when anything saved here changes its shape: older devices are then learnt anew.
_LAYOUT = 2


class DeviceModels:
    """The devices of one gateway in one lane."""

    def __init__(self, section: AnomalySettings) -> None:
        self._section = section
        self._parameters = DeviceParameters.of(section)
        self._on = section.device_models
        self._devices: dict[str, Device] = {}
        # Models chosen for devices; the platform's own for the others.
        self._chosen: dict[str, JointFactory] = {}
        # The device of each series.
        self._owner: dict[int, str] = {}
        # Laid anew before the next frame when devices or their series have changed.
        self._fleet = Fleet(self._parameters)
        self._assets: tuple[str, ...] = ()
        self._stale = False
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
        return {self._owner[key] for key in series_ids if key in self._owner}

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
        if not self._devices:
            return []
        fleet = self._laid()
        if frozen or self._deviating:
            still = self._deviating | set(frozen)
            fleet.frozen[:] = [asset_id in still for asset_id in self._assets]
        else:
            fleet.frozen[:] = False
        # Beyond the frame's readings, and its end, which silences take.
        place = (str(lane.epoch), lane.lane, frame.seq, len(frame.series_id) + 1)
        found: list[Transition] = []
        for todo, number, change in fleet.take(frame, resting):
            asset_id = self._assets[fleet.device(todo)]
            found += self._follow(asset_id, todo, (number, change), place, asset_id in frozen)
        return found

    def _follow(
        self, asset_id: str, todo: int, first: tuple[int, int], place: Place, frozen: bool
    ) -> list[Transition]:
        """Go on with a device where the pass found something, or could not judge."""
        device, fleet = self._devices[asset_id], self._fleet
        rows, row_us = fleet.rows(todo)
        model = device.model
        steps: Steps
        if isinstance(model, DeviceModel):

            def steps(start: int) -> tuple[int, int]:
                if start:
                    fleet.frozen[fleet.device(todo)] = frozen or bool(device.deviations)
                found = fleet.go_on(todo, start) if start else first
                model.refit(device.pace_us)
                return found
        else:

            def steps(start: int) -> tuple[int, int]:
                still = frozen or bool(device.deviations)
                return device.model.advance(rows, row_us, start, device.pace_us, frozen=still)

        found = device.follow(steps, row_us, place)
        self._note(asset_id, device)
        return found

    def _laid(self) -> Fleet:
        """Return the devices laid side by side, as they are now."""
        if self._stale:
            for device in self._devices.values():
                device.ready()
            self._fleet.lay(self._devices)
            self._assets = tuple(self._devices)
            self._stale = False
        return self._fleet

    def _note(self, asset_id: str, device: Device) -> None:
        if device.deviations:
            self._deviating.add(asset_id)
        else:
            self._deviating.discard(asset_id)

    def place(self, series_id: int, info: SeriesInfo | None) -> None:
        """Look at a series with the others of its device, as the facts are now."""
        asset_id = info.asset_id if info is not None and self._is_looked_at(info) else None
        known = self._owner.get(series_id)
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
            device.add(series_id)
            self._owner[series_id] = asset_id
            self._stale = True

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
        for series_id in self._devices.pop(asset_id).series:
            self._owner.pop(series_id, None)
        self._deviating.discard(asset_id)
        self._stale = True

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
        self._owner |= dict.fromkeys(device.series, asset_id)
        self._stale = True
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
