"""Bodies of what people do about alarms: shelve, comment, judge, and suppress by plan."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from api.schemas.alarms import AlarmView, CategoryName, SuppressionKindName, VerdictName
from api.schemas.base import Identifier, Input, Output

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
SeriesId = Annotated[int, Field(ge=0, le=2**31 - 1)]
SeriesName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
SeriesIds = Annotated[list[SeriesId], Field(min_length=1, max_length=200)]
JournalKindName = Literal[
    "raised",
    "told",
    "worsened",
    "returned",
    "acknowledged",
    "suppressed",
    "unsuppressed",
    "comment",
    "feedback",
    "new_normal",
]


class ShelveIn(Input):
    """Putting an alarm on the shelf."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"until": "2026-11-22T18:00:00Z", "reason": "Sensor is being replaced"}]
        }
    )
    until: AwareDatetime
    reason: Reason
    series_ids: SeriesIds | None = Field(
        default=None, description="Which of its series; left out: those that deviate now"
    )


class AlarmCommentIn(Input):
    """Something to say about an alarm."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Bearing greased"}]})
    text: Reason


class NewNormalIn(Input):
    """That what an alarm is about is how the machine is from now on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Larger impeller"}]})
    reason: Reason
    series_ids: SeriesIds | None = Field(
        default=None, description="Which of its series; left out: all that deviate now"
    )


class FeedbackIn(Input):
    """What an alarm turned out to be."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verdict": "true"}]})
    verdict: VerdictName | None = Field(
        description="`true`: there was a fault; `false`: there was none; `nuisance`: so it is, and of no use;"
        " null takes back what was said"
    )
    comment: Comment | None = None


class ManyAlarmsIn(Input):
    """The same for many alarms."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"action": "acknowledge", "alarm_ids": ["alm_1", "alm_2"]}]}
    )
    action: Literal["acknowledge", "shelve", "unshelve", "judge"]
    alarm_ids: Annotated[list[Identifier], Field(min_length=1, max_length=200)]
    comment: Comment | None = Field(
        default=None, description="For `acknowledge` and `judge`; the reason of `shelve`"
    )
    until: AwareDatetime | None = Field(default=None, description="For `shelve`")
    verdict: VerdictName | None = Field(default=None, description="For `judge`")


class RefusedAlarm(Output):
    """An alarm that was left as it is."""

    alarm_id: str
    code: str = Field(examples=["alarm_already_acknowledged"])
    detail: str


class ManyAlarmsView(Output):
    """What became of each."""

    done: list[AlarmView]
    refused: list[RefusedAlarm]


class JournalEntryView(Output):
    """Something that happened to an alarm."""

    id: int
    kind: JournalKindName = Field(
        description="`raised`: it began; `told`: people were told of it, later than that if it was hidden"
    )
    occurrence: int
    event_at: datetime
    actor_id: str | None
    actor_name: str | None
    text: str | None
    data: dict[str, Any]


class SuppressionIn(Input):
    """Hiding alarms by plan: of a machine, of some of its series, of a site or, by a rule, of a model."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "maintenance",
                    "asset_id": "ast_1",
                    "ends_at": "2026-11-22T18:00:00Z",
                    "reason": "Yearly overhaul",
                }
            ]
        }
    )
    kind: Literal["maintenance", "parent", "out_of_service"] = Field(
        description="`parent`: a rule, only while `parent_asset_id`, or the machine itself, is in alarm"
    )
    reason: Reason
    asset_id: Identifier | None = None
    site_id: Identifier | None = None
    category: CategoryName | None = Field(default=None, description="Left out: both")
    series_ids: SeriesIds | None = Field(default=None, description="Left out: all")
    series_names: Annotated[list[SeriesName], Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="The same by name; for `parent`"
    )
    product_model_id: Identifier | None = Field(
        default=None, description="Every machine of the model; for `parent` with `parent_series`"
    )
    parent_asset_id: Identifier | None = Field(
        default=None, description="Left out: the machine itself, by `parent_series`"
    )
    parent_series: SeriesName | None = Field(
        default=None, description="While this series of the parent is in alarm", examples=["power"]
    )
    parent_category: CategoryName | None = Field(
        default=None,
        description="In an alarm of this category; left out: `machine`, or, with a series, either",
    )
    starts_at: AwareDatetime | None = Field(default=None, description="Left out: now")
    ends_at: AwareDatetime | None = Field(
        default=None, description="A maintenance window must have an end"
    )


class EndSuppressionIn(Input):
    """Ending a suppression before its time."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Done early"}]})
    reason: Comment | None = None


class SuppressionView(Output):
    """What hides alarms, or did."""

    id: str
    kind: SuppressionKindName
    organisation_id: str | None = Field(description="Null for a rule of a product model")
    asset_id: str | None
    asset_name: str | None
    site_id: str | None
    site_name: str | None
    product_model_id: str | None
    product_model_name: str | None
    category: CategoryName | None
    series_ids: list[int] | None
    series_names: list[str] | None
    parent_asset_id: str | None
    parent_asset_name: str | None
    parent_series: str | None
    parent_category: CategoryName | None
    reason: str
    starts_at: datetime
    ends_at: datetime | None
    created_at: datetime
    created_by: str | None
    created_by_name: str
    ended_at: datetime | None = Field(description="Null while it is in force or to come")
    end_reason: str | None = Field(examples=["lifted", "expired", "replaced", "over"])
    ended_by_name: str | None
