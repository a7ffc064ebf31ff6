"""What the devices of one gateway are expected to raise falsely, worked out where their limits moved."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from anomaly.device import judge
from anomaly.device.devices import DeviceModels
from anomaly.device.model import DeviceModel

# What the figures rest on; while it is the same, so are they.
_Basis = tuple[float, float, float, int, int, bool]


def _basis(model: DeviceModel) -> _Basis:
    limits = float(model.floats[judge.LIMIT]), float(model.floats[judge.LIMIT_BREAK])
    fitted = int(model.ints[judge.FITTED])
    return (*limits, model.asked, fitted, len(model.said), model.warm)


@dataclass
class ExpectedRates:
    """Remembers what was worked out of each device, because a tail takes milliseconds."""

    _known: dict[str, _Basis] = field(default_factory=dict)

    def changed(self, devices: DeviceModels) -> Iterator[dict[str, Any]]:
        """Yield what is new of devices that the platform's own model judges; see `models`."""
        for asset_id in devices:
            model, device = devices.own_model(asset_id), devices.device(asset_id)
            if model is None or device is None or not device.is_judged:
                continue
            if self._known.get(asset_id) == _basis(model):
                continue
            self._known[asset_id] = _basis(model)
            rate = model.false_alarms_per_year(device.pace_us)
            yield {
                "asset_id": asset_id,
                "asked": model.asked,
                "mean": rate and rate.mean,
                "low": rate and rate.low,
                "high": rate and rate.high,
                "blocks": model.blocks,
                "said": len(model.said),
                "learnt": model.learnt,
            }
        for gone in self._known.keys() - set(devices):
            del self._known[gone]
