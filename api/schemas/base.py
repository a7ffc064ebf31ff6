"""What all bodies share: nothing unknown is accepted, ends are trimmed, lengths are bounded."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""A name or a title."""

OptionalLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] | None

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000)]
"""Prose."""

Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_lower=True,
        max_length=254,
        pattern=r"^[^\s@<>(),;:\"\\\[\]]+@[^\s@<>(),;:\"\\\[\]]+\.[^\s@<>(),;:\"\\\[\].]+$",
    ),
]

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w.:-]+$")]


class Input(BaseModel):
    """A body that is sent to us."""

    model_config = ConfigDict(extra="forbid")


class Output(BaseModel):
    """A body that we send."""

    model_config = ConfigDict(from_attributes=True)


class Patch(BaseModel):
    """A change: what is left out stays as it is; null empties a field, where it may be empty."""

    model_config = ConfigDict(extra="forbid")
    nullable: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _no_null(self) -> Self:
        for name in sorted(self.model_fields_set - self.nullable):
            if getattr(self, name) is None:
                raise PydanticCustomError(
                    "null_not_allowed", "{name} cannot be null", {"name": name}
                )
        return self

    def changes(self) -> dict[str, Any]:
        """Return what was sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}
