"""Settings of backtests on stored history."""

from typing import ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kernel.settings import Section


class BacktestSettings(Section):
    """Backtests on stored history."""

    model_config = SettingsConfigDict(env_prefix="FOREWARN_BACKTESTS_", extra="forbid", frozen=True)
    table: ClassVar[str] = "backtests"

    at_once_max: int = Field(
        default=2, ge=1, description="Backtests an organisation may have under way, at most."
    )
    kept_max: int = Field(
        default=100, ge=1, description="Backtests an organisation may keep, at most."
    )
    assets_max: int = Field(
        default=20, ge=1, le=1000, description="Machines of one backtest, at most."
    )
    days_max: int = Field(default=1100, ge=1, description="Days that one may span, at most.")
    alarms_max: int = Field(
        default=2000,
        ge=1,
        description="Alarms kept of one; what comes after them is counted only.",
    )
    slice_s: float = Field(
        default=3,
        gt=0,
        le=30,
        description="Seconds a worker replays before it saves what was found and lets scoring go on.",
    )
    lease_s: float = Field(
        default=90,
        gt=0,
        description="Seconds without a sign after which a worker is taken for killed and another goes on "
        "from what was saved.",
    )
    attempts_max: int = Field(
        default=3,
        ge=1,
        description="Workers that may be lost in a row before a backtest has failed.",
    )
