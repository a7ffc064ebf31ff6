"""What `anomaly` tells the other packages."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from kernel.events import Event

Severity = Literal["critical", "high", "medium", "low"]
Category = Literal["machine", "sensor"]


class AlarmRaised(Event):
    """A device began to behave unlike itself, or did so again soon after it had returned to normal.

    Attributes:
        alarm_id: the alarm; the same one again with a higher `occurrence` when it comes back soon.
        asset_id: the device.
        organisation_id: whose it is.
        severity: of the worst series so far.
        category: `machine`, or `sensor` where the sensor is suspected.
        failure_mode: suspected; `unspecified` where none is.
        onset_at: source time of the first unusual reading.
        raised_at: when the platform noticed.
        summary: one sentence, by language (`en`, `zh`).
        cause: series_id, series_name, unit, record (`high`, `low`, `flatline`, `out_of_range`, `gap`),
            expected (low and high end), seen, score, since, feature (which of the series' own records was
            broken, `anomaly.records.layout.CAUSES`; None where none was).
        contributors: the deviating series in the same form, worst first.
        historical: found in what an outage left behind; no work order by itself.
        occurrence: 1, 2, … as the alarm comes back.
    """

    topic: ClassVar[str] = "anomaly.alarm_raised"
    alarm_id: str
    asset_id: str
    organisation_id: str
    severity: Severity
    category: Category
    failure_mode: str
    onset_at: datetime
    raised_at: datetime
    summary: dict[str, str]
    cause: dict[str, Any]
    contributors: list[dict[str, Any]]
    historical: bool
    occurrence: int = 1


class AlarmWorsened(Event):
    """An open alarm grew more severe, or another suspected failure mode took the lead.

    Attributes:
        evidence_at: source time of the reading that made it worse; the same in every replay.
        occurrence: of the alarm, as in `AlarmRaised`.
    """

    topic: ClassVar[str] = "anomaly.alarm_worsened"
    alarm_id: str
    asset_id: str
    organisation_id: str
    severity: Severity
    category: Category
    failure_mode: str
    summary: dict[str, str]
    cause: dict[str, Any]
    contributors: list[dict[str, Any]]
    historical: bool
    evidence_at: datetime
    occurrence: int


class AlarmCleared(Event):
    """Every series of an alarm has returned to normal.

    Attributes:
        cleared_at: source time of the reading by which it had.
        occurrence: the one that is over, as in `AlarmRaised`.
    """

    topic: ClassVar[str] = "anomaly.alarm_cleared"
    alarm_id: str
    asset_id: str
    historical: bool
    cleared_at: datetime
    occurrence: int


class AlarmAcknowledged(Event):
    """Somebody has taken note of an alarm."""

    topic: ClassVar[str] = "anomaly.alarm_acknowledged"
    alarm_id: str
    asset_id: str
    acknowledged_by: str | None
    acknowledged_at: datetime
