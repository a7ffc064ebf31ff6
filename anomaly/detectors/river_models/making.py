"""From a checked description to the detector of a series, and the name of its version."""

from anomaly.detectors.base import Detector
from anomaly.detectors.river_models.components import Role
from anomaly.detectors.river_models.drift import RiverDrift
from anomaly.detectors.river_models.pace import Warmth
from anomaly.detectors.river_models.series import RiverSeries
from anomaly.detectors.river_models.spec import RiverSpec
from anomaly.settings import AnomalySettings

# Raised when the state of a model changes shape, or what a description means.
LAYOUT = 1


def version_of(spec: RiverSpec) -> str:
    """Return the name written beside alarms and snapshots: detector, what tells it from others, layout."""
    return f"river:{spec.judged.name}:{spec.digest}/{LAYOUT}"


def series_detector(spec: RiverSpec, section: AnomalySettings) -> Detector:
    """Return the detector of one series."""
    warmth = Warmth.of(section, spec.learn_every_s)
    if spec.judged.role is Role.DRIFT:
        return RiverDrift(spec, warmth)
    return RiverSeries(spec, warmth)
