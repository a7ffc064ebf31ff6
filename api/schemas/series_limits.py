"""Bodies of the limits of a series."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from api.schemas.alarms import SeverityName
from api.schemas.base import Input, Output

LimitKindName = Literal["hh", "h", "l", "ll", "rise", "fall"]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class LimitIn(Input):
    """One limit."""

    kind: LimitKindName = Field(description="A level, or the rate of change upwards or downwards")
    setpoint: Finite = Field(
        description="In the series' unit; of a rate per minute, and positive for both"
    )
    deadband: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        default=0.0, description="How far inside readings are normal again"
    )
    on_delay_s: Seconds = Field(default=0.0, description="Beyond it for so long before it raises")
    off_delay_s: Seconds = Field(default=0.0, description="Inside for so long before it returns")
    severity: SeverityName = "medium"
    over_s: Annotated[float, Field(ge=1, le=86_400)] = Field(
        default=60.0, description="Of a rate: measured over half to the whole of this span"
    )


class LimitsIn(Input):
    """All limits of a series; an empty list takes them away."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "limits": [
                        {"kind": "h", "setpoint": 4.5, "deadband": 0.2, "severity": "high"},
                        {"kind": "hh", "setpoint": 7.1, "severity": "critical"},
                    ]
                }
            ]
        }
    )
    limits: Annotated[list[LimitIn], Field(max_length=6)]


class LimitView(Output):
    """One limit."""

    kind: LimitKindName
    setpoint: float
    deadband: float
    on_delay_s: float
    off_delay_s: float
    severity: SeverityName
    over_s: float


class LimitsView(Output):
    """What counts for a series."""

    series_id: int
    limits: list[LimitView] = Field(description="Those that count")
    applies: Literal["series", "product_model", "none"] = Field(description="Whose they are")
    of_model: list[LimitView] = Field(description="Of its product model, whether they count or not")
    version: int = Field(description="Of what is set for the series itself; 0 where nothing is")
    updated_at: datetime | None
    updated_by_name: str | None


class SeriesWithLimits(LimitsView):
    """A series of a machine, and what counts for it."""

    name: str
    unit: str
    kind: str


class AssetLimits(Output):
    """All series of a machine that can have limits, by name."""

    model_id: str
    items: list[SeriesWithLimits]


class ModelLimitsView(Output):
    """What is set for series of a name on machines of a model."""

    model_id: str
    series_name: str
    limits: list[LimitView]
    version: int = Field(description="0 where nobody has set any")
    updated_at: datetime | None
    updated_by_name: str | None


class ModelLimitsList(Output):
    """All that is set for a model, by the name of the series."""

    items: list[ModelLimitsView]
