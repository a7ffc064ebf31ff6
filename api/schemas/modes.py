"""Bodies of modes of machines."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.schemas.base import Input, Output

ModeName = Literal["stopped", "running", "idling", "loaded"]
ShownModeName = Literal["stopped", "running", "idling", "loaded", "unknown"]
Value = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class ModeTagIn(Input):
    """Which series says the mode, and what its values mean; no modes: no tag is asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"series_name": "state", "modes": {"0": "stopped", "1": "idling", "2": "loaded"}}
            ]
        }
    )
    series_name: Annotated[str, StringConstraints(max_length=200)]
    modes: Annotated[dict[Value, ModeName], Field(max_length=100)] = Field(
        description="A number, or a text that the series sends, and the mode it means"
    )
    applies_to: Literal["asset", "product_model"] = Field(
        default="asset", description="This machine, or all of its product model"
    )


class ModeTagView(Output):
    """The tag that says the mode of a machine: its own, else its model's."""

    applies_to: Literal["asset", "product_model"]
    series_name: str
    modes: dict[str, ModeName]
    version: int = Field(description="0 where nobody has named one")
    updated_at: datetime | None
    updated_by_name: str | None


class ModeSpanView(Output):
    """A machine in one mode."""

    mode: ShownModeName
    since: datetime
    until: datetime | None = Field(description="Null while it lasts")


class ModesView(Output):
    """The mode now, and what it was in a span, the oldest first."""

    mode: ShownModeName | None = Field(description="Null where none was ever recognised")
    since: datetime | None
    items: list[ModeSpanView]
    shares: dict[str, float] = Field(description="Part of the known time of the span in each mode")
    more: bool = Field(description="Older ones of the span are left out")
