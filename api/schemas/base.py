"""What all bodies share: nothing unknown is accepted, ends are trimmed, lengths are bounded."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

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
