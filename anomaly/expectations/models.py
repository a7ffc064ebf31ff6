"""The table of what was expected of series, and when."""

from datetime import datetime

from sqlalchemy import Double, Index
from sqlalchemy.orm import Mapped, mapped_column

from anomaly.models import SCHEMA
from kernel.db import Base


class Expectation(Base):
    """From `at` on, in source time, a series was expected in this range; NULL ends: nothing was known.

    It holds until the next row of the series.
    """

    __tablename__ = "expectations"
    __table_args__ = (
        Index("ix_expectations_at", "at", postgresql_using="brin"),
        {"schema": SCHEMA},
    )

    series_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    low: Mapped[float | None] = mapped_column(Double)
    high: Mapped[float | None] = mapped_column(Double)
