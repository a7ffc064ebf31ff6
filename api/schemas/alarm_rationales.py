"""Bodies of why alarms exist and what to do about them."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from api.schemas.alarms import SeverityName
from api.schemas.base import Input, Output

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class BothLanguages(Input):
    """A text in each language."""

    en: Sentence
    zh: Sentence


class RationaleIn(Input):
    """What alarms of a failure mode mean."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "cause": {"en": "Too little grease", "zh": "润滑脂不足"},
                    "consequence": {"en": "The bearing fails", "zh": "轴承损坏"},
                    "response": {"en": "Grease it", "zh": "加注润滑脂"},
                    "respond_within_min": 1440,
                    "priority": "high",
                }
            ]
        }
    )
    cause: BothLanguages = Field(description="What it probably comes from")
    priority: SeverityName | None = Field(
        default=None,
        description="The severity its alarms take, but for limits, which have their own; null: by the score",
    )
    equipment_class: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = (
        Field(default="", description="Empty: every class")
    )
    consequence: BothLanguages = Field(description="What follows if nobody does anything")
    response: BothLanguages = Field(description="What to do")
    respond_within_min: int = Field(ge=1, le=525_600)


class TextView(Output):
    """A text in each language."""

    en: str
    zh: str


class RationaleView(Output):
    """What alarms of a failure mode mean."""

    failure_mode: str
    equipment_class: str
    consequence: TextView
    response: TextView
    respond_within_min: int
    cause: TextView
    priority: SeverityName | None = Field(
        description="The severity its alarms take; null: by how far the series lies out"
    )
    version: int = Field(description="0: as shipped")


class RationaleList(Output):
    """All of them."""

    items: list[RationaleView]
