"""Parameters of detectors as data: what each may be, and values held to it.

A description that passed is canonical: every parameter is there, of the right type. It is what a version
of a detector is told by.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from anomaly.detectors.errors import ParameterOutOfRange, UnknownParameter

Values = Mapping[str, Any]


class Parameter(Protocol):
    """What a parameter may be."""

    @property
    def default(self) -> Any:
        """Taken where none is given."""
        ...

    def check(self, value: Any, path: str) -> Any:
        """Return a value as it is kept; `path` names it in errors.

        Raises:
            ParameterOutOfRange: it may not be that.
        """
        ...

    def describe(self) -> dict[str, Any]:
        """Return what a form needs to ask for it."""
        ...


@dataclass(frozen=True)
class Number:
    """A number between two limits, both of them allowed."""

    default: float | None
    low: float
    high: float
    text: str
    whole: bool = False
    optional: bool = False

    def check(self, value: Any, path: str) -> float | int | None:
        """Return a number in range."""
        if value is None and self.optional:
            return None
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise self._refused(value, path)
        if self.whole and value != int(value):
            raise self._refused(value, path)
        if not self.low <= value <= self.high:
            raise self._refused(value, path)
        return int(value) if self.whole else float(value)

    def _refused(self, value: Any, path: str) -> ParameterOutOfRange:
        what = "a whole number" if self.whole else "a number"
        return ParameterOutOfRange(
            f"{path} must be {what} from {self.low:g} to {self.high:g}, not {value!r}"[:300],
            parameter=path,
            low=self.low,
            high=self.high,
        )

    def describe(self) -> dict[str, Any]:
        """Return type, limits and default."""
        return {
            "type": "integer" if self.whole else "number",
            "low": self.low,
            "high": self.high,
            "default": self.default,
            "optional": self.optional,
            "text": self.text,
        }


@dataclass(frozen=True)
class Choice:
    """One of some words."""

    default: str
    words: tuple[str, ...]
    text: str

    def check(self, value: Any, path: str) -> str:
        """Return one of the words."""
        if not isinstance(value, str) or value not in self.words:
            raise ParameterOutOfRange(
                f"{path} must be one of {', '.join(self.words)}, not {value!r}"[:300],
                parameter=path,
                allowed=list(self.words),
            )
        return value

    def describe(self) -> dict[str, Any]:
        """Return the words and the default."""
        return {
            "type": "choice",
            "allowed": list(self.words),
            "default": self.default,
            "text": self.text,
        }


@dataclass(frozen=True)
class Flag:
    """True or false."""

    default: bool
    text: str

    def check(self, value: Any, path: str) -> bool:
        """Return a truth value."""
        if not isinstance(value, bool):
            raise ParameterOutOfRange(
                f"{path} must be true or false, not {value!r}"[:300], parameter=path
            )
        return value

    def describe(self) -> dict[str, Any]:
        """Return the default."""
        return {"type": "boolean", "default": self.default, "text": self.text}


def checked(known: Mapping[str, Parameter], given: Any, path: str) -> dict[str, Any]:
    """Return all known parameters: those given, held to their limits, and defaults for the others.

    Raises:
        UnknownParameter: one is given that is not known.
        ParameterOutOfRange: one may not be what it is.
    """
    if not isinstance(given, Mapping):
        raise ParameterOutOfRange(f"{path} must be an object", parameter=path)
    unknown = sorted(str(name) for name in given if name not in known)
    if unknown:
        raise UnknownParameter(
            f"{path} has no parameter {unknown[0]!r}; there are: {', '.join(sorted(known)) or 'none'}"[
                :300
            ],
            parameter=unknown[0],
            known=sorted(known),
        )
    return {
        name: parameter.check(given.get(name, parameter.default), f"{path}.{name}")
        for name, parameter in known.items()
    }
