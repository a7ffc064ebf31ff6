"""Tables of the parts ledger. The application can add movements and entries; nobody can change them.

A movement takes a quantity of a part from one location to another and is written with its two entries,
one at each end. The entries of a part at a location are a chain: each names its place in it and begins
with the balance its predecessor ended with. All of that is declared, so whoever writes, by whatever
way: an entry that does not agree with its movement, a movement without both entries, a gap or a fork in
a chain, a balance below nothing, or a reversal that is not the exact opposite cannot be committed.
"""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from warranty_parts.schema import SCHEMA

_DELTA = "CASE WHEN side = 'from' THEN -quantity ELSE quantity END"


class Movement(Base):
    """A positive quantity of one part that went from one location to another."""

    __tablename__ = "movements"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("from_location_id <> to_location_id", name="moves"),
        CheckConstraint("reverses_id <> id", name="reverses"),
        UniqueConstraint(
            "id", "part_id", "quantity", "from_location_id", "to_location_id",
            name="uq_movements_whole",
        ),
        ForeignKeyConstraint(
            ["reverses_id", "part_id", "quantity", "to_location_id", "from_location_id"],
            [f"{SCHEMA}.movements.{name}" for name in
             ("id", "part_id", "quantity", "from_location_id", "to_location_id")],
            name="fk_movements_opposite",
        ),
        # Checked at commit: the entries come after their movement.
        ForeignKeyConstraint(
            ["from_location_id", "part_id", "from_seq", "id"],
            [f"{SCHEMA}.entries.{name}" for name in ("location_id", "part_id", "seq", "movement_id")],
            name="fk_movements_from_entry", deferrable=True, initially="DEFERRED", use_alter=True,
        ),
        ForeignKeyConstraint(
            ["to_location_id", "part_id", "to_seq", "id"],
            [f"{SCHEMA}.entries.{name}" for name in ("location_id", "part_id", "seq", "movement_id")],
            name="fk_movements_to_entry", deferrable=True, initially="DEFERRED", use_alter=True,
        ),
        Index("ix_movements_part_id_id", "part_id", "id"),
        Index("ix_movements_from_location_id_id", "from_location_id", "id"),
        Index("ix_movements_to_location_id_id", "to_location_id", "id"),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    part_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.parts.id"))
    quantity: Mapped[int] = mapped_column(Integer)
    from_location_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.locations.id"))
    to_location_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.locations.id"))
    from_seq: Mapped[int] = mapped_column(BigInteger)
    to_seq: Mapped[int] = mapped_column(BigInteger)
    reverses_id: Mapped[str | None] = mapped_column(unique=True)
    work_order_id: Mapped[str | None] = mapped_column(index=True)
    serial_number: Mapped[str | None]
    reason: Mapped[str | None]
    actor_id: Mapped[str | None]
    actor_name: Mapped[str]
    moved_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class Entry(Base):
    """One end of a movement: the `seq`-th change of a part's balance at a location."""

    __tablename__ = "entries"
    __table_args__ = (
        CheckConstraint("side IN ('from', 'to')", name="side"),
        CheckConstraint("seq >= 1 AND (seq > 1 OR balance_before = 0)", name="first"),
        CheckConstraint("balance_after >= 0 OR kind IN ('supplier', 'customer')", name="balance"),
        ForeignKeyConstraint(
            ["movement_id", "part_id", "quantity", "from_location_id", "to_location_id"],
            [f"{SCHEMA}.movements.{name}" for name in
             ("id", "part_id", "quantity", "from_location_id", "to_location_id")],
            name="fk_entries_movement",
        ),
        ForeignKeyConstraint(
            ["location_id", "kind"], [f"{SCHEMA}.locations.id", f"{SCHEMA}.locations.kind"],
            name="fk_entries_location",
        ),
        ForeignKeyConstraint(
            ["location_id", "part_id", "previous_seq", "balance_before"],
            [f"{SCHEMA}.entries.{name}" for name in
             ("location_id", "part_id", "seq", "balance_after")],
            name="fk_entries_previous",
        ),
        UniqueConstraint("movement_id", "side", name="uq_entries_side"),
        UniqueConstraint("location_id", "part_id", "seq", "balance_after", name="uq_entries_after"),
        UniqueConstraint("location_id", "part_id", "seq", "movement_id", name="uq_entries_movement"),
        Index("ix_entries_part_id", "part_id", "location_id", "seq"),
        {"schema": SCHEMA},
    )  # fmt: skip

    location_id: Mapped[str] = mapped_column(
        Computed("CASE WHEN side = 'from' THEN from_location_id ELSE to_location_id END",
                 persisted=True),
        primary_key=True,
    )  # fmt: skip
    part_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    movement_id: Mapped[str]
    side: Mapped[str]
    kind: Mapped[str]
    quantity: Mapped[int] = mapped_column(Integer)
    from_location_id: Mapped[str]
    to_location_id: Mapped[str]
    previous_seq: Mapped[int | None] = mapped_column(
        BigInteger, Computed("nullif(seq - 1, 0)", persisted=True)
    )
    balance_before: Mapped[int] = mapped_column(BigInteger)
    balance_after: Mapped[int] = mapped_column(
        BigInteger, Computed(f"balance_before + {_DELTA}", persisted=True)
    )
