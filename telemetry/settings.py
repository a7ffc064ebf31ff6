"""Settings of what is kept of readings."""

from typing import ClassVar, Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from kernel.settings import Section

DAYS_MIN = 30


class TelemetrySettings(Section):
    """How long rollups stay; readings have `FOREWARN_INGEST_READINGS_KEEP_DAYS`."""

    model_config = SettingsConfigDict(env_prefix="FOREWARN_TELEMETRY_", extra="forbid", frozen=True)
    table: ClassVar[str] = "telemetry"

    minutes_keep_days: int = Field(
        default=400,
        ge=0,
        description="Days that rollups by the minute stay: at least 30; 0: for ever.",
    )
    hours_keep_days: int = Field(
        default=3660,
        ge=0,
        description="Days that rollups by the hour stay: no fewer than those by the minute; 0: for ever.",
    )
    days_keep_days: int = Field(
        default=0,
        ge=0,
        description="Days that rollups by the day stay: no fewer than those by the hour; 0: for ever.",
    )

    @model_validator(mode="after")
    def _wider_ones_stay_longer(self) -> Self:
        kept = [self.minutes_keep_days, self.hours_keep_days, self.days_keep_days]
        if any(0 < days < DAYS_MIN for days in kept):
            raise ValueError(f"rollups stay at least {DAYS_MIN} days, or for ever: 0")
        # Days are made of hours and hours of minutes: what is late must find them all.
        for_ever = [days or float("inf") for days in kept]
        if for_ever != sorted(for_ever):
            raise ValueError("rollups by the hour stay no shorter than minutes, days than hours")
        return self
