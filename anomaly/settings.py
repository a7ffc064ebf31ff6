"""Settings of detectors and alarms: one configuration for every plant."""

from typing import ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kernel.settings import Section


class AnomalySettings(Section):
    """Detectors, alarms and how scoring runs."""

    model_config = SettingsConfigDict(env_prefix="FOREWARN_ANOMALY_", extra="forbid", frozen=True)
    table: ClassVar[str] = "anomaly"

    detector: str = Field(
        default="ew_chart", description="Name of the detector every numeric series gets."
    )
    warmup_readings: int = Field(
        default=1000,
        ge=32,
        description="Readings a series learns from before it may raise an alarm.",
    )
    warmup_span_s: float = Field(
        default=3600, ge=0, description="Seconds of source time it must also have seen by then."
    )
    fast_rate: float = Field(
        default=0.1, gt=0, lt=1, description="Weight of the newest reading in the short-term mean."
    )
    slow_rate: float = Field(
        default=0.0005, gt=0, lt=1, description="Weight of a learnt reading in the baseline."
    )
    learn_every_s: float = Field(
        default=30,
        ge=0,
        description="Seconds of source time between learnt readings once warm, so that fast sampling "
        "does not shorten the memory.",
    )
    limit_deviations: float = Field(
        default=3.0,
        gt=0,
        description="How many standard deviations from the baseline are still expected.",
    )
    record_margin: float = Field(
        default=0.1,
        ge=0,
        description="How far beyond everything seen before is still expected, as a part of the seen range.",
    )
    young_readings: float = Field(
        default=50,
        ge=0,
        description="Widens that margin by this number over the number of learnt readings; of those, "
        "readings that follow from one another count as one.",
    )
    record_breaks: bool = Field(
        default=True,
        description="Whether a reading that breaks a series' records in several respects at once raises an "
        "alarm too.",
    )
    raise_readings: int = Field(
        default=5, ge=1, description="Readings beyond the limit that raise an alarm ..."
    )
    raise_window: int = Field(default=8, ge=1, le=64, description="... among so many latest ones.")
    clear_score: float = Field(
        default=0.75,
        gt=0,
        le=1,
        description="Score below which a series is on its way back to normal.",
    )
    clear_readings: int = Field(
        default=10, ge=1, description="Readings in a row below it that return it to normal."
    )
    flatline_readings: int = Field(
        default=30,
        ge=2,
        description="Equal readings in a row that may mean a stuck sensor, at least.",
    )
    flatline_s: float = Field(default=30, ge=0, description="Seconds they must last, at least.")
    flatline_factor: float = Field(
        default=5, ge=1, description="How many times longer than its own longest run so far."
    )
    range_margin: float = Field(
        default=0.05,
        ge=0,
        description="How far beyond its engineering range a reading may be, as a part of the range.",
    )
    gap_s: float = Field(
        default=120,
        gt=0,
        description="Silence of one series that may mean a lost sensor, at least.",
    )
    gap_factor: float = Field(
        default=5, ge=1, description="How many times longer than its own longest silence so far."
    )
    device_models: bool = Field(
        default=True, description="Whether the series of a device are also judged together."
    )
    device_running_tags: tuple[str, ...] = Field(
        default=("running",),
        description="Names of series of kind `state` that are 0 while a device is stopped.",
    )
    device_step_s: float = Field(
        default=1.0,
        gt=0,
        description="Seconds of source time that make one row of a device.",
    )
    device_smoothing: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="Weight of the newest row in the short-term means that are judged.",
    )
    device_shrinkage: float = Field(
        default=0.02,
        ge=0,
        le=1,
        description="Part by which correlations are at least taken for smaller than they look.",
    )
    device_in_a_row: int = Field(
        default=3,
        ge=1,
        le=64,
        description="Rows in a row beyond the limit that raise an alarm of the device as a whole.",
    )
    device_false_alarms_per_year: float = Field(
        default=1.0,
        gt=0,
        description="False alarms that judging series together may raise per device and year.",
    )
    redundancy_warmup_s: float = Field(
        default=86_400,
        ge=600,
        description="Seconds of source time over which the usual difference of redundant sensors is learnt "
        "before one of them may be found to drift.",
    )
    redundancy_deviations: float = Field(
        default=5.0,
        gt=0,
        description="How many standard deviations the hour's mean difference of redundant sensors may lie "
        "from the usual one.",
    )
    rejoin_s: float = Field(
        default=600,
        ge=0,
        description="A deviation this soon after an alarm returned to normal reopens that alarm.",
    )
    shelve_s_max: float = Field(
        default=86_400, gt=0, description="Seconds an alarm may be shelved for, at most."
    )
    flood_alarms: int = Field(
        default=10,
        ge=1,
        description="More alarms than this raised at a site within the window are a flood: those of low and "
        "medium severity wait until it is over ...",
    )
    flood_over_alarms: int = Field(
        default=5, ge=1, description="... which it is when fewer than this come within the window."
    )
    flood_window_s: float = Field(default=600, gt=0, description="Seconds of that window.")
    shards: int = Field(
        default=64, ge=1, le=4096, description="Parts the gateways are spread over for scoring."
    )
    batch_readings: int = Field(
        default=50_000, ge=1000, description="Readings scored in one transaction, about."
    )
    run_s: float = Field(
        default=20, gt=0, description="Seconds after which a scoring task makes room for others."
    )
    snapshot_readings: int = Field(
        default=500_000,
        ge=1,
        description="Scored readings after which a gateway's models are saved.",
    )
    snapshot_s: float = Field(
        default=60,
        gt=0,
        description="Seconds after which they are saved anyway if anything was scored.",
    )
    expected_keep_days: int = Field(
        default=400,
        ge=30,
        description="Days for which charts show what series were expected to be.",
    )
    modes_keep_days: int = Field(
        default=400,
        ge=30,
        description="Days for which it is kept in which mode a machine was.",
    )
