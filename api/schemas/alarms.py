"""Bodies of alarms and of what is expected of a series."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.schemas.base import Input, Output

SeverityName = Literal["critical", "high", "medium", "low"]
CategoryName = Literal["machine", "sensor"]
RecordName = Literal[
    "high",
    "low",
    "joint_high",
    "joint_low",
    "correlation",
    "flatline",
    "out_of_range",
    "gap",
    "limit_hh",
    "limit_h",
    "limit_l",
    "limit_ll",
    "rate_rise",
    "rate_fall",
    "drift",
    "disagreement",
]
AlarmStateName = Literal[
    "active_unacknowledged", "active_acknowledged", "returned_unacknowledged", "normal"
]

IsaStateName = Literal[
    "normal",
    "unacknowledged",
    "acknowledged",
    "returned_unacknowledged",
    "shelved",
    "suppressed_by_design",
    "out_of_service",
]
SuppressionKindName = Literal["out_of_service", "maintenance", "parent", "flood", "shelved"]
VerdictName = Literal["true", "false", "nuisance"]


class Contributor(Output):
    """One series' part in an alarm."""

    series_id: int
    series_name: str = Field(examples=["vibration_de"])
    kind: str = Field(examples=["vibration"])
    unit: str = Field(examples=["mm/s"])
    record: RecordName = Field(
        description="What was broken: expected range above or below, or the sensor"
    )
    expected: list[float | None] = Field(
        min_length=2, max_length=2, description="Low and high end of what was expected"
    )
    seen: float | None = Field(description="The worst value so far")
    score: float = Field(description="Distance from the middle of the expected range; 1 is its end")
    mode: str | None = Field(
        default=None,
        description="The mode its machine was in when it began: stopped, running, idling, loaded or unknown",
    )
    feature: str | None = Field(
        default=None,
        description="Which of the series' own records was broken, such as `mean_30` or `hour_of_day`;"
        " null where it was the expected range, a limit or the sensor",
        examples=["hour_of_day_10"],
    )
    since: datetime
    active: bool = Field(description="Whether it still deviates")


class Sentence(Output):
    """One sentence, by language."""

    en: str
    zh: str


class HiddenBy(Output):
    """What hides an alarm at present."""

    id: str
    kind: SuppressionKindName
    reason: str
    since: datetime
    until: datetime | None
    by_name: str


class AlarmView(Output):
    """One incident of one device."""

    id: str
    version: int
    asset_id: str
    asset_name: str
    asset_serial: str
    organisation_id: str
    category: CategoryName
    severity: SeverityName
    failure_mode: str = Field(description="Suspected; `unspecified` where nothing is")
    state: AlarmStateName = Field(
        description="Active or returned, acknowledged or not, whatever hides it"
    )
    isa_state: IsaStateName = Field(
        description="The state to show: what is hidden is shelved, suppressed by design or out of service"
    )
    hidden_by: HiddenBy | None = Field(description="Why nobody is told of it; null where they are")
    verdict: VerdictName | None = Field(description="What somebody found it to be")
    site_id: str | None
    historical: bool = Field(description="Found in what an outage left behind")
    detector: str = Field(examples=["ew_chart/2"])
    onset_at: datetime = Field(description="Source time of the first unusual reading")
    raised_at: datetime
    returned_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_by_name: str | None
    summary: Sentence
    cause: Contributor
    contributors: list[Contributor] = Field(description="Deviating series, the worst first")
    score: float
    occurrences: int = Field(description="How often it came back soon after returning to normal")


class AcknowledgeIn(Input):
    """Taking note of an alarm."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"comment": "On my way"}]})
    comment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] | None = None


class ExpectedBandView(Output):
    """What is expected of a series, as of `updated_at`; `learnt` to within a tenth."""

    series_id: int
    low: float | None = Field(description="Low end in the series' unit; null while still learning")
    high: float | None
    learnt: int = Field(description="How many readings this rests on")
    warm: bool = Field(description="Whether enough has been learnt to raise an alarm")
    detector: str | None
    updated_at: datetime | None
