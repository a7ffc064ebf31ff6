"""From a checked description to the detector of a series, and the name of its version."""

from anomaly.detectors.base import Detector, DetectorKind, SeriesRange
from anomaly.detectors.joint import JointModel
from anomaly.detectors.river_models.components import Role
from anomaly.detectors.river_models.device import RiverDeviceModel
from anomaly.detectors.river_models.drift import RiverDrift
from anomaly.detectors.river_models.pace import Warmth
from anomaly.detectors.river_models.series import RiverSeries
from anomaly.detectors.river_models.spec import DEVICE, RiverSpec
from anomaly.detectors.river_models.unjudged import Unjudged
from anomaly.settings import AnomalySettings

# Raised when the state of a model changes shape, or what a description means.
LAYOUT = 1


def river_kind(spec: RiverSpec) -> DetectorKind:
    """Return what makes the detectors of a description; its version tells it from every other."""

    def joint(section: AnomalySettings) -> JointModel:
        return RiverDeviceModel(spec, section)

    def make(section: AnomalySettings, plant: SeriesRange) -> Detector:  # noqa: ARG001 - factory's form
        return series_detector(spec, section)

    name = f"river:{spec.judged.name}:{spec.digest}"
    return DetectorKind(name, LAYOUT, make, joint if spec.subject == DEVICE else None)


def series_detector(spec: RiverSpec, section: AnomalySettings) -> Detector:
    """Return the detector of one series."""
    warmth = Warmth.of(section, spec.learn_every_s)
    if spec.subject == DEVICE:
        return Unjudged(warmth)
    if spec.judged.role is Role.DRIFT:
        return RiverDrift(spec, warmth)
    return RiverSeries(spec, warmth)
