"""Bodies of false alarms: asked, and expected."""

from datetime import datetime

from pydantic import Field

from api.schemas.base import Output


class CalibrationView(Output):
    """False alarms per year of judging all series of a machine together."""

    asset_id: str
    asset_name: str
    asset_serial: str
    asked: float = Field(description="At most so many a year")
    mean: float | None = Field(description="Expected; null while the machine is still being learnt")
    low: float | None = Field(description="Lower end of what 90 % of its peaks leave possible")
    high: float | None
    blocks: int = Field(description="Blocks of normal running, of ten minutes, that this rests on")
    rough: bool = Field(description="That is less than a day: the expectation is a guess")
    said: int = Field(description="Alarms that people found to be none, counted as normal")
    learnt: int
    updated_at: datetime


class AssetCalibration(Output):
    """One machine's; null where its series are not judged together, or not yet."""

    calibration: CalibrationView | None


class FleetCalibration(Output):
    """All machines that somebody sees."""

    devices: int = Field(description="Judged as a whole")
    learning: int = Field(description="Of these, not yet")
    rough: int = Field(description="Judged on less than a day of normal running")
    asked: float = Field(description="False alarms per year, of those that are judged together")
    expected: float
    worst: list[CalibrationView] = Field(description="Those that exceed most what is asked, first")
