"""Bodies of sensors that measure the same."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.base import Input, Output

SeriesId = Annotated[int, Field(ge=0, le=2**31 - 1)]


class RedundantGroupIn(Input):
    """Two or three series of one machine, of one kind and unit."""

    series_ids: Annotated[list[SeriesId], Field(min_length=2, max_length=3)]
    tolerance: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        default=None,
        description="How far their mean difference may lie from what is usual without meaning anything, in "
        "their unit; left out, half a per cent of their range",
    )


class RedundantSensorsIn(Input):
    """All groups of a machine; an empty list takes them away."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"groups": [{"series_ids": [11, 12, 13]}]}]}
    )
    groups: Annotated[list[RedundantGroupIn], Field(max_length=50)]


class RedundantGroupView(Output):
    """Series that measure the same."""

    series_ids: list[int]
    tolerance: float | None


class ComparisonView(Output):
    """How one pair stands, as of the last snapshot; differences are of the first from the second."""

    first: int
    second: int
    usual: float = Field(description="The mean difference that was learnt, in their unit")
    now: float = Field(description="The mean difference of about the last hour")
    limit: float = Field(description="How far it may lie from the usual one")
    warm: bool = Field(description="False while the usual difference is still being learnt")
    learnt_s: float = Field(description="Over how many seconds it was learnt")


class RedundantSensorsView(Output):
    """What is set for a machine, and how it stands."""

    asset_id: str
    groups: list[RedundantGroupView]
    comparisons: list[ComparisonView]
    version: int = Field(description="0 where nobody has set any")
    updated_at: datetime | None
    updated_by_name: str | None


class SuggestionView(Output):
    """Series of one kind and unit that moved alike over three days and are in no group."""

    series_ids: list[int]
    correlation: float = Field(description="The least between any two of them")


class SuggestionList(Output):
    """What may be redundant sensors, the most alike first."""

    items: list[SuggestionView]
