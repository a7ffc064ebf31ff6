"""Bodies of states."""

from datetime import datetime
from typing import Self

from pydantic import Field

from api.schemas.base import Output
from telemetry.states.service import Change


class StateView(Output):
    """A reading whose state is another than the one before."""

    series_id: int
    ts: datetime
    value: float | None = Field(description="Null for a Bad reading without one")
    label: str | None = Field(
        description="The text that was read; null for a number or a switch", examples=["RUNNING"]
    )
    quality: int = Field(description="OPC UA StatusCode; 0 is Good")

    @classmethod
    def of(cls, change: Change) -> Self:
        """Return a change as it is shown."""
        return cls(
            series_id=change.series_id,
            ts=change.ts,
            value=change.value,
            label=change.label,
            quality=change.quality,
        )


class StateList(Output):
    """Changes of state in the order of time; each series begins with what held when the span begins."""

    items: list[StateView]
    has_more: bool = Field(description="There are more; ask again from the last time on")
