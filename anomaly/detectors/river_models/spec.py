"""A River model as data: checked, canonical, and built from.

    {"subject": "device", "steps": [{"name": "preprocessing.StandardScaler"}, {"name": "anomaly.LODA"}]}

Transformers come first and the detector last. `subject` says what it looks at: each series by itself, or
all numeric series of a device together, as features.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from river import compose

from anomaly.detectors.errors import MisplacedComponent, ParameterOutOfRange
from anomaly.detectors.parameters import Choice, Number, Parameter, checked
from anomaly.detectors.river_models import catalogue, drift_components
from anomaly.detectors.river_models.components import (
    DETECTING,
    Component,
    Role,
    check_component,
    component,
    make,
)

# Importing them fills the catalogue.
assert catalogue.SEED
assert drift_components.NAMES

SERIES = "series"
DEVICE = "device"
_STEPS_MAX = 5

PARAMETERS: Mapping[str, Parameter] = {
    "subject": Choice(
        SERIES, (SERIES, DEVICE), "Each series by itself, or a device's series together"
    ),
    "beyond": Number(
        1e-4, 1e-7, 0.05, "Part of the readings of normal running that may lie beyond the limit"
    ),
    "learn_every_s": Number(
        30.0, 0.0, 86_400.0, "Seconds of source time between learnt readings once warm"
    ),
}


@dataclass(frozen=True)
class RiverSpec:
    """A checked description.

    Attributes:
        steps: checked components, the last of them the detector.
        subject: `series` or `device`.
        beyond: see `PARAMETERS`.
        learn_every_s: see `PARAMETERS`.
    """

    steps: tuple[Mapping[str, Any], ...]
    subject: str
    beyond: float
    learn_every_s: float

    @classmethod
    def check(cls, given: Any, path: str = "parameters") -> "RiverSpec":
        """Return a description that is all right.

        Raises:
            NotADetector: the last step is none.
            UnknownComponent, MisplacedComponent, UnknownParameter, ParameterOutOfRange: see their texts.
        """
        if not isinstance(given, Mapping):
            raise ParameterOutOfRange(f"{path} must be an object", parameter=path)
        rest = {name: value for name, value in given.items() if name != "steps"}
        values = checked(PARAMETERS, rest, path)
        steps = _check_steps(given.get("steps"), f"{path}.steps")
        spec = cls(steps=steps, **values)
        spec._check_subject(path)
        return spec

    def _check_subject(self, path: str) -> None:
        takes_features = self.judged.role is Role.FEATURES
        if self.subject == DEVICE and not takes_features:
            raise MisplacedComponent(
                f"{path}: {self.judged.name} looks at one series, not at a device's together",
                name=self.judged.name,
            )
        if len(self.steps) > 1 and not takes_features:
            raise MisplacedComponent(
                f"{path}: {self.judged.name} takes a value as it is, no transformed features",
                name=self.judged.name,
            )

    @property
    def judged(self) -> Component:
        """The detector whose scores count, inside a filter too."""
        return component(self.judged_step["name"], "steps")

    @property
    def judged_step(self) -> Mapping[str, Any]:
        """Its description."""
        last = self.steps[-1]
        inner = last["parameters"].get("anomaly_detector")
        return last if inner is None else inner

    @property
    def has_filter(self) -> bool:
        """Whether the model has a limit of its own."""
        return component(self.steps[-1]["name"], "steps").role is Role.FILTER

    @property
    def top(self) -> float:
        """The highest score there can be, as scores are read."""
        top = self.judged.top
        return float("inf") if top is None else top(self.judged_step["parameters"])

    @property
    def data(self) -> dict[str, Any]:
        """Everything that was checked, defaults included, as JSON."""
        return {
            "subject": self.subject,
            "beyond": self.beyond,
            "learn_every_s": self.learn_every_s,
            "steps": [dict(step) for step in self.steps],
        }

    @property
    def digest(self) -> str:
        """Eight digits that tell this description from others."""
        text = json.dumps(self.data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    @property
    def grace(self) -> int:
        """How many readings the model learns before it scores."""
        name = self.judged.grace
        return 0 if name is None else int(self.judged_step["parameters"][name])

    def build(self) -> Any:
        """Return a new model of River's."""
        made = [make(step) for step in self.steps]
        return made[0] if len(made) == 1 else compose.Pipeline(*made)


def _check_steps(given: Any, path: str) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(given, list | tuple) or not 1 <= len(given) <= _STEPS_MAX:
        raise ParameterOutOfRange(
            f"{path} must be a list of 1 to {_STEPS_MAX} components", parameter=path
        )
    *before, last = given
    transformers = frozenset({Role.TRANSFORMER})
    checked_steps = [
        check_component(step, f"{path}[{place}]", transformers) for place, step in enumerate(before)
    ]
    return (*checked_steps, check_component(last, f"{path}[{len(before)}]", DETECTING))
