"""What a description of a River model is made of: components by name, each with its parameters.

{"name": "anomaly.QuantileFilter", "parameters": {"q": 0.995, "anomaly_detector": {"name":
"anomaly.LODA"}}}
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from anomaly.detectors.errors import (
    MisplacedComponent,
    NotADetector,
    ParameterOutOfRange,
    UnknownComponent,
)
from anomaly.detectors.parameters import Parameter, checked


class Role(StrEnum):
    """What a component does in a model."""

    TRANSFORMER = "transformer"
    """Makes features of features."""
    FEATURES = "features"
    """Scores a set of features: `score_one(x)`."""
    VALUE = "value"
    """Scores one value: `score_one(None, y)`."""
    FILTER = "filter"
    """Has a threshold of its own for the detector it holds."""
    DRIFT = "drift"
    """Tells when a stream of values has changed."""
    FORECASTER = "forecaster"
    STATISTIC = "statistic"


# Numbers one model may keep: some 3 MB in memory, a third of that in a snapshot.
CELLS_MAX = 20_000

DETECTING = frozenset({Role.FEATURES, Role.VALUE, Role.FILTER, Role.DRIFT})


class Scale(StrEnum):
    """How a model's score is read, so that its tail can be told."""

    PLAIN = "plain"
    TO_ONE = "to_one"
    """It ends at 1: read as -log(1 - score)."""
    SQUARED = "squared"
    """An error squared: read as its root."""
    TWO_SIDED = "two_sided"
    """Unusual on either side of its mean: read as the distance from it."""


@dataclass(frozen=True)
class Component:
    """One of River's classes that may be asked for.

    Attributes:
        name: module and class, as River's documentation has it.
        role: where it may stand.
        make: builds it from checked parameters.
        text: what it is, in a line.
        parameters: what may be set.
        scale: how its score is read, for detectors.
        top: the highest score it can give as it is read, told from its parameters; None for no such end.
        grace: parameter that says how many readings it learns before it scores, where there is one.
        cells: how many numbers it keeps, told from its parameters, where their ranges alone do not bound it.
    """

    name: str
    role: Role
    make: Callable[..., Any]
    text: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    scale: Scale = Scale.PLAIN
    top: Callable[[Mapping[str, Any]], float] | None = None
    grace: str | None = None
    cells: Callable[[Mapping[str, Any]], int] | None = None

    def describe(self) -> dict[str, Any]:
        """Return what a form needs to offer it."""
        return {
            "name": self.name,
            "role": self.role.value,
            "text": self.text,
            "parameters": {name: one.describe() for name, one in self.parameters.items()},
        }


_components: dict[str, Component] = {}


def offer(*components: Component) -> None:
    """Add components to the catalogue."""
    for component in components:
        assert component.name not in _components, component.name
        _components[component.name] = component


def offered() -> list[Component]:
    """Return the catalogue, by name."""
    return [_components[name] for name in sorted(_components)]


def component(name: Any, path: str) -> Component:
    """Return a component by name.

    Raises:
        UnknownComponent, NotADetector: it is not in the catalogue.
    """
    found = _components.get(name) if isinstance(name, str) else None
    if found is None:
        if isinstance(name, str) and _is_of_river(name):
            raise NotADetector(
                f"{path}: river.{name} is no anomaly detector, nor can one be made with it",
                name=name,
            )
        raise UnknownComponent(
            f"{path}: no component {name!r}"[:300], name=str(name)[:100], known=sorted(_components)
        )
    return found


def _is_of_river(name: str) -> bool:
    """Tell whether River has a class of that name; looks it up among what River itself exports."""
    from river import api  # all of River, needed for this message only

    module, _, class_name = name.partition(".")
    exported = vars(api).get(module) if module in api.__all__ else None
    return isinstance(vars(exported).get(class_name) if exported else None, type)


def check_component(given: Any, path: str, roles: frozenset[Role]) -> dict[str, Any]:
    """Return a component's description with every parameter, held to its limits.

    Raises:
        UnknownComponent: there is none of that name.
        NotADetector: a detector belongs there and that is none.
        MisplacedComponent: it is none of those that belong there.
        UnknownParameter, ParameterOutOfRange: its parameters are not what they may be.
    """
    if not isinstance(given, Mapping) or set(given) - {"name", "parameters"} or "name" not in given:
        raise ParameterOutOfRange(
            f"{path} must be an object of a name and perhaps parameters", parameter=path
        )
    found = component(given["name"], path)
    if found.role not in roles:
        belong = [one.name for one in offered() if one.role in roles]
        refusal = NotADetector if roles & DETECTING and found.role not in DETECTING else None
        raise (refusal or MisplacedComponent)(
            f"{path}: {found.name} does not belong there; one of these does: {', '.join(belong)}",
            name=found.name,
            allowed=belong,
        )
    parameters = checked(found.parameters, given.get("parameters", {}), f"{path}.{found.name}")
    if found.cells is not None and found.cells(parameters) > CELLS_MAX:
        raise ParameterOutOfRange(
            f"{path}.{found.name} would keep {found.cells(parameters)} numbers, at most {CELLS_MAX} may be",
            parameter=path,
            high=CELLS_MAX,
        )
    return {"name": found.name, "parameters": parameters}


def make(description: Mapping[str, Any]) -> Any:
    """Build what a checked description says."""
    parameters = {
        name: make(value) if isinstance(value, Mapping) else value
        for name, value in description["parameters"].items()
    }
    return _components[description["name"]].make(**parameters)


@dataclass(frozen=True)
class Part:
    """A parameter that is a component itself."""

    roles: frozenset[Role]
    default_name: str
    text: str

    @property
    def default(self) -> dict[str, Any]:
        """The component taken where none is given."""
        return {"name": self.default_name}

    def check(self, value: Any, path: str) -> dict[str, Any]:
        """Return its checked description."""
        return check_component(value, path, self.roles)

    def describe(self) -> dict[str, Any]:
        """Return which components it may be."""
        return {
            "type": "component",
            "allowed": [one.name for one in offered() if one.role in self.roles],
            "default": self.default,
            "text": self.text,
        }
