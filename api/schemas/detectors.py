"""Bodies of detectors and of the choices between them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.schemas.base import Identifier, Input, Line, Output

AppliesToName = Literal["all", "equipment_class", "product_model"]

PARAMETERS = "Of `river`: `subject`, `beyond`, `learn_every_s` and `steps`; see `GET /detectors`"


class ParameterView(Output):
    """What a parameter may be: a number between `low` and `high`, one of `allowed`, or a component."""

    type: Literal["number", "integer", "boolean", "choice", "component"]
    text: str
    text_zh: str = Field(description="The same in Chinese")
    default: Any
    low: float | None = None
    high: float | None = None
    optional: bool = False
    allowed: list[str] | None = None


class ComponentView(Output):
    """Something River models are made of: its name as River has it, and where it may stand."""

    name: str
    role: Literal["transformer", "features", "value", "filter", "drift", "forecaster", "statistic"]
    text: str
    text_zh: str = Field(description="The same in Chinese")
    parameters: dict[str, ParameterView]


class OfferedView(Output):
    """Detectors by name; for `river`, what its `steps` are made of, and its other parameters."""

    detectors: list[str]
    components: list[ComponentView]
    parameters: dict[str, ParameterView]
    false_alarms_per_year: float = Field(
        description="Of judging a machine as a whole, where a choice says nothing of it"
    )


class ChoiceCreate(Input):
    """A detector for a type of asset, or for all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "applies_to": "equipment_class",
                    "target": "pump",
                    "detector": "river",
                    "parameters": {
                        "subject": "device",
                        "steps": [
                            {"name": "preprocessing.StandardScaler"},
                            {"name": "forewarn.UnitInterval"},
                            {"name": "anomaly.HalfSpaceTrees", "parameters": {"n_trees": 25}},
                        ],
                    },
                    "reason": "Tried on last year's readings",
                }
            ]
        }
    )
    applies_to: AppliesToName
    target: Annotated[
        Line | None, Field(description="An equipment class, or a product model's id; none for all")
    ] = None
    detector: Identifier
    parameters: Annotated[dict[str, Any], Field(description=PARAMETERS, default_factory=dict)]
    false_alarms_per_year: Annotated[
        float | None,
        Field(
            ge=0.01,
            le=365,
            description="That judging a machine as a whole may raise a year; left out: the settings'",
        ),
    ] = None
    reason: Line | None = None


class ChoiceView(Output):
    """One version of a choice; in force until `ended_at`."""

    id: str
    applies_to: AppliesToName
    target: str | None
    version: int
    detector: str
    parameters: dict[str, Any]
    detector_version: Annotated[str, Field(description="What alarms name it by")]
    false_alarms_per_year: float | None
    reason: str | None
    chosen_at: datetime
    chosen_by: str | None
    chosen_by_name: str
    ended_at: datetime | None
