"""The table of `anomaly.calibration`."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from anomaly.models import SCHEMA
from kernel.db import Base


class DeviceCalibration(Base):
    """What the limits of a device as a whole let through, by its peaks; written with snapshots.

    `mean`, `low` and `high` are false alarms per year, null while the device is still being learnt.
    """

    __tablename__ = "device_calibrations"
    __table_args__ = ({"schema": SCHEMA},)

    asset_id: Mapped[str] = mapped_column(ForeignKey("registry.assets.id"), primary_key=True)
    agent_id: Mapped[str] = mapped_column(primary_key=True)
    asked: Mapped[float]
    mean: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    blocks: Mapped[int]
    said: Mapped[int]
    learnt: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime]
