"""Tables of `anomaly.choices`."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from anomaly.models import SCHEMA
from kernel.db import Base


class DetectorChoice(Base):
    """One version of a choice: in force until it is replaced or withdrawn, and kept for good.

    `target` is an equipment class or the id of a product model, empty where the choice is for all. `version`
    counts the choices made for one target.
    """

    __tablename__ = "detector_choices"
    __table_args__ = (
        CheckConstraint(
            "applies_to IN ('all', 'equipment_class', 'product_model')", name="applies_to"
        ),
        CheckConstraint("(applies_to = 'all') = (target = '')", name="target"),
        Index(
            "uq_detector_choices_in_force",
            "applies_to", "target",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("uq_detector_choices_version", "applies_to", "target", "version", unique=True),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    applies_to: Mapped[str]
    target: Mapped[str]
    version: Mapped[int]
    detector: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    detector_version: Mapped[str]
    # Of judging series together; null where the settings' count.
    false_alarms_per_year: Mapped[float | None]
    reason: Mapped[str | None]
    chosen_at: Mapped[datetime]
    chosen_by: Mapped[str | None] = mapped_column(ForeignKey("registry.people.id"), index=True)
    chosen_by_name: Mapped[str]
    ended_at: Mapped[datetime | None]
