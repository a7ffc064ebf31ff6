"""Bodies of backtests on stored history."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from api.schemas.alarms import CategoryName, Contributor, Sentence, SeverityName, VerdictName
from api.schemas.base import Identifier, Input, Line, Output

BacktestTargetName = Literal["assets", "equipment_class", "product_model"]
BacktestStateName = Literal["queued", "running", "finished", "cancelled", "failed"]
_ASSETS_MAX = 1000


class BacktestCreate(Input):
    """Which machines, which span, which detector; it learns from the beginning of the span."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "applies_to": "equipment_class",
                    "target": "pump",
                    "begins_at": "2025-11-01T00:00:00Z",
                    "ends_at": "2026-11-01T00:00:00Z",
                }
            ]
        }
    )
    applies_to: BacktestTargetName
    target: Annotated[
        Line | None, Field(description="An equipment class, or a product model's id")
    ] = None
    asset_ids: Annotated[
        list[Identifier],
        Field(max_length=_ASSETS_MAX, description="With `assets` only", default_factory=list),
    ]
    begins_at: AwareDatetime
    ends_at: AwareDatetime
    detector: Annotated[
        Identifier | None, Field(description="Left out: the one of the settings")
    ] = None
    parameters: Annotated[
        dict[str, Any], Field(description="As in a choice of a detector", default_factory=dict)
    ]


class BacktestAssetView(Output):
    """One machine of a backtest."""

    asset_id: str
    asset_name: str
    asset_serial: str
    series: int
    progress: float = Field(description="From 0 to 1")
    readings: int
    left_out: int = Field(description="Readings of one instant that were too many")
    alarms: int
    judged_from: datetime | None = Field(
        description="When its first series had learnt enough; before that nothing could be told"
    )
    warm_at: datetime | None = Field(description="When the last one had that ever did")
    cold_series: int = Field(description="Series that never had")
    judged_s: float = Field(description="Judged seconds in which readings came")
    in_alarm_s: float


class BacktestView(Output):
    """A backtest: what was asked, how far it is, what it found so far."""

    id: str
    version: int
    applies_to: BacktestTargetName
    target: str | None
    detector: str | None
    parameters: dict[str, Any]
    detector_version: str = Field(description="What alarms would name it by")
    begins_at: datetime
    ends_at: datetime
    assets: list[BacktestAssetView]
    assets_left_out: int = Field(description="Machines of the type that were not taken")
    state: BacktestStateName
    problem: str | None
    progress: float = Field(description="From 0 to 1")
    readings: int
    readings_per_s: float | None
    alarms_found: int
    alarms_kept: int = Field(description="Of those found, the first so many can be read")
    alarms_per_month: float | None = Field(description="Per machine and month of judged time")
    in_alarm: float | None = Field(description="Part of the judged time")
    worked_s: float
    requested_at: datetime
    requested_by: str | None
    requested_by_name: str
    started_at: datetime | None
    ended_at: datetime | None


class BacktestAlarmView(Output):
    """An alarm there would have been."""

    number: int
    asset_id: str
    category: CategoryName
    severity: SeverityName
    failure_mode: str
    onset_at: datetime
    raised_at: datetime
    returned_at: datetime | None = Field(description="None: it lasted to the end of the replay")
    occurrences: int
    score: float
    summary: Sentence
    cause: Contributor
    contributors: list[Contributor]


class MatchView(Output):
    """By which supposed alarms something was told."""

    numbers: list[int] = Field(description="None: not told")
    warming: bool = Field(description="Not told, and before anything of the machine was judged")
    ahead_s: float | None = Field(description="Seconds by which the first of them began earlier")


class RaisedView(MatchView):
    """An alarm that was raised in the span."""

    id: str
    asset_id: str
    category: CategoryName
    severity: SeverityName
    since: datetime
    until: datetime | None
    verdict: VerdictName | None
    summary: Sentence


class OpenedView(MatchView):
    """An order that was opened in the span."""

    id: str
    number: str
    asset_id: str
    kind: str
    failure_mode: str
    title: str
    at: datetime


class BacktestComparison(Output):
    """What would have been told beside what was."""

    raised: list[RaisedView]
    opened: list[OpenedView]
    extra: list[int] = Field(description="Supposed alarms that nothing of what was stands for")
    cut: bool = Field(description="There was more than is compared")
