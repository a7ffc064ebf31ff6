"""Bodies of how alarms perform, and of past episodes."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.alarms import AlarmView, CategoryName
from api.schemas.base import Output


class AlarmRate(Output):
    """Alarms told, against EEMUA 191 and ISA-18.2."""

    told: int
    periods: int = Field(description="Of ten minutes each")
    average: float = Field(description="Per ten minutes")
    most: int = Field(description="In the worst ten minutes")
    floods: int = Field(description="Periods with more than ten alarms")
    flood_part: float = Field(description="Part of the periods; ISA-18.2 asks for less than 0.01")
    load: Literal["acceptable", "manageable", "over_demanding", "unacceptable"] = Field(
        description="EEMUA 191 on the average: up to 1, 2, 10 per ten minutes, or more"
    )
    peak: Literal["manageable", "hard", "excessive"] = Field(
        description="EEMUA 191 on the worst ten minutes: up to 10, up to 100, or more"
    )


class RateStep(Output):
    """A bar of the chart."""

    at: datetime
    told: int
    most: int = Field(description="In the worst ten minutes of the step")


class BadActor(Output):
    """What told most."""

    asset_id: str
    asset_name: str
    asset_serial: str
    category: CategoryName
    series_name: str | None
    told: int
    part: float = Field(description="Of all alarms told")
    last_at: datetime
    alarm_id: str = Field(description="The newest of them")
    false: int
    nuisance: int


class ChatteringAlarm(Output):
    """What was raised three times within a minute."""

    asset_id: str
    asset_name: str
    asset_serial: str
    category: CategoryName
    alarm_id: str
    times: int
    last_at: datetime


class DetectorPrecision(Output):
    """What people found a detector's alarms to be."""

    detector: str
    alarms: int
    judged: int
    true: int
    false: int
    nuisance: int
    precision: float | None = Field(description="True ones among those judged; null while none is")
    low: float | None = Field(description="95 % interval (Wilson)")
    high: float | None


class RecordPrecision(DetectorPrecision):
    """What people found those alarms of a detector to be that one record led."""

    record: str


class AlarmPerformance(Output):
    """Figures of a span; those for one person who watches."""

    start: datetime
    end: datetime
    rate: AlarmRate
    step_s: int = Field(description="Width of a step; ten minutes, an hour or a day")
    steps: list[RateStep] = Field(description="Those without alarms are left out")
    by_severity: dict[str, int]
    bad_actors: list[BadActor]
    top_part: float = Field(description="What the bad actors told, as a part of all")
    chattering: list[ChatteringAlarm]
    fleeting: int = Field(description="Over within a minute")
    stale: int = Field(description="Told and active for more than a day")
    oldest: list[AlarmView]
    acknowledged: int
    acknowledge_median_s: float | None
    acknowledge_slow_s: float | None = Field(description="90 % were faster")
    suppressed: dict[str, int] = Field(description="Alarms hidden, by what hid them")
    detectors: list[DetectorPrecision]
    records: list[RecordPrecision] = Field(description="By the record that led, of each detector")


class EpisodeOutcome(Output):
    """A work order that was made of it."""

    work_order_id: str
    number: str
    stage: str
    failure_mode: str
    cause: str | None
    remedy: str | None
    findings: str | None
    part_numbers: list[str]
    closed_at: datetime | None


class Episode(Output):
    """A past alarm that is like this one, and what it turned out to be."""

    alarm: AlarmView
    similarity: float = Field(description="0 to 1")
    outcomes: list[EpisodeOutcome]


class EpisodeList(Output):
    """Past episodes, the most like first."""

    items: list[Episode]
