"""From a choice as data to a detector: what may be chosen, and which choice is for an asset. No I/O."""

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from anomaly.choices.errors import NoSuchDetector
from anomaly.detectors import shipped
from anomaly.detectors.base import DetectorKind, detector_kind, detector_names
from anomaly.detectors.parameters import checked
from kernel.errors import InvalidInput
from registry.assets.service import AssetType

if TYPE_CHECKING:
    from anomaly.detectors.river_models.spec import RiverSpec

assert shipped.EW_CHART  # importing it fills the registry

RIVER = "river"


class AppliesTo(StrEnum):
    """What a choice is for; the narrower wins."""

    ALL = "all"
    EQUIPMENT_CLASS = "equipment_class"
    PRODUCT_MODEL = "product_model"


def names() -> list[str]:
    """Return the detectors there are to choose from."""
    return sorted([*detector_names(), RIVER])


def checked_parameters(detector: str, given: Any) -> dict[str, Any]:
    """Return a detector's parameters, all of them, held to their limits.

    Raises:
        NoSuchDetector: no such detector.
        InvalidInput: its parameters are not what they may be; several codes, see `detectors.errors`.
    """
    if detector == RIVER:
        return _river_spec(given).data
    if detector not in detector_names():
        raise NoSuchDetector(
            f"no detector {detector!r}; there are: {', '.join(names())}"[:300], known=names()
        )
    # Detectors of the platform's own are set for every plant alike, in the settings.
    return checked({}, given, "parameters")


def _river_spec(given: Any) -> "RiverSpec":
    """Return River's models as they are described; they are imported where somebody has chosen one."""
    from anomaly.detectors.river_models.spec import RiverSpec

    return RiverSpec.check(given)


def kind_of(detector: str, parameters: Mapping[str, Any]) -> DetectorKind:
    """Return what makes the detectors of a choice; the same choice gives the same object."""
    return _kind(detector, json.dumps(parameters, sort_keys=True))


@lru_cache(maxsize=256)
def _kind(detector: str, parameters: str) -> DetectorKind:
    if detector == RIVER:
        from anomaly.detectors.river_models.making import river_kind

        return river_kind(_river_spec(json.loads(parameters)))
    return detector_kind(detector)


# One in a hundred years, and one a day.
RATE_MIN, RATE_MAX = 0.01, 365.0


def check_rate(detector: str, parameters: Mapping[str, Any], rate: float | None) -> None:
    """Refuse a number of false alarms per device and year that cannot be aimed at.

    Raises:
        InvalidInput: it is out of bounds, or what judges devices has a limit of another kind.
    """
    if rate is None:
        return
    if not RATE_MIN <= rate <= RATE_MAX:
        raise InvalidInput(
            f"from {RATE_MIN:g} to {RATE_MAX:g} false alarms per device and year",
            field="false_alarms_per_year",
            low=RATE_MIN,
            high=RATE_MAX,
        )
    if kind_of(detector, parameters).joint is not None:
        raise InvalidInput(
            "a River model of whole devices has `beyond` instead", field="false_alarms_per_year"
        )


Choice = TypeVar("Choice")
Key = tuple[str, str]
"""What a choice applies to, and its target."""


def choice_for(asset: AssetType, choices: Mapping[Key, Choice]) -> Choice | None:
    """Return the narrowest choice for an asset, None where there is none."""
    for key in (
        (AppliesTo.PRODUCT_MODEL.value, asset.model_id),
        (AppliesTo.EQUIPMENT_CLASS.value, asset.equipment_class),
        (AppliesTo.ALL.value, ""),
    ):
        if key in choices:
            return choices[key]
    return None
