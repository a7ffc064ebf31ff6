"""Tables of `ingest`.

`ledger` is what makes a frame count once; `frames` is the log that scoring reads; `quarantine` is what could
not be stored, and why. Nothing is ever deleted by the application.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INT8MULTIRANGE
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base

SCHEMA = "ingest"


class LedgerEntry(Base):
    """Which frames of an agent's epoch and lane were received, in one value however many holes there are.

    `stored` and `quarantined` count readings; a replay moves them from one to the other. `dropped` counts
    those that frames declared given up by a full buffer, what came again included. `again_since` is when the
    first frame came whose readings may have come under another number.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        CheckConstraint("lane IN ('live', 'backlog')", name="lane"),
        CheckConstraint("stored >= 0 AND quarantined >= 0 AND dropped >= 0", name="counts"),
        Index("ix_ledger_again", "agent_id", postgresql_where=text("again_since IS NOT NULL")),
        {"schema": SCHEMA},
    )

    agent_id: Mapped[str] = mapped_column(ForeignKey("registry.gateways.id"), primary_key=True)
    epoch: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    lane: Mapped[str] = mapped_column(primary_key=True)
    received: Mapped[Any] = mapped_column(INT8MULTIRANGE, server_default="{}")
    stored: Mapped[int] = mapped_column(BigInteger, server_default="0")
    quarantined: Mapped[int] = mapped_column(BigInteger, server_default="0")
    dropped: Mapped[int] = mapped_column(BigInteger, server_default="0")
    first_received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    again_since: Mapped[datetime | None]


class Agent(Base):
    """How an edge agent is, by its own last word and by ours."""

    __tablename__ = "agents"
    __table_args__ = ({"schema": SCHEMA},)

    agent_id: Mapped[str] = mapped_column(ForeignKey("registry.gateways.id"), primary_key=True)
    epoch: Mapped[UUID | None] = mapped_column(Uuid)
    version: Mapped[str | None]
    buffered: Mapped[int | None] = mapped_column(BigInteger)
    clock_offset_ms: Mapped[int | None] = mapped_column(BigInteger)
    # What it rests on, see `ingest.health.rules`.
    clock_offsets: Mapped[list[Any]] = mapped_column(server_default="[]")
    sources: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]")
    status_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime]


class Epoch(Base):
    """What an agent said it took and dropped since it opened a buffer file."""

    __tablename__ = "epochs"
    __table_args__ = ({"schema": SCHEMA},)

    agent_id: Mapped[str] = mapped_column(ForeignKey("registry.gateways.id"), primary_key=True)
    epoch: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    taken: Mapped[int] = mapped_column(BigInteger, server_default="0")
    dropped: Mapped[int] = mapped_column(BigInteger, server_default="0")
    first_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AnnouncedSchema(Base):
    """The tags an agent's frames refer to by number, and the mapping in force.

    `tags_count` is how many of them counted against the budget of new tags.
    """

    __tablename__ = "schemas"
    __table_args__ = ({"schema": SCHEMA},)

    agent_id: Mapped[str] = mapped_column(ForeignKey("registry.gateways.id"), primary_key=True)
    schema_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    tags: Mapped[list[Any]]
    tags_count: Mapped[int] = mapped_column(Integer)
    mapping_id: Mapped[int | None] = mapped_column(BigInteger)
    first_announced_at: Mapped[datetime] = mapped_column(server_default=func.now())
    announced_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Mapping(Base):
    """Which series each tag of a schema is, 0 where its asset is not known.

    Never changed: when an asset turns up a new mapping is added, and a frame keeps the one it was stored
    by, so that reading it again gives the same readings for ever.
    """

    __tablename__ = "mappings"
    __table_args__ = ({"schema": SCHEMA},)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    agent_id: Mapped[str]
    schema_hash: Mapped[bytes] = mapped_column(LargeBinary)
    series_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())


# Partitioned by day of `received_at`; no key, because the ledger has it. `excluded` holds the numbers of the
# rows that were not stored, as little-endian uint32; NULL when all were. A gap frame has mapping 0.
frames = Table(
    "frames",
    Base.metadata,
    Column("agent_id", Text, nullable=False),
    Column("epoch", Uuid, nullable=False),
    Column("lane", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("mapping_id", BigInteger, nullable=False),
    Column("readings", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
    Column("dropped", BigInteger, nullable=False),
    Column("excluded", LargeBinary),
    Column("body", LargeBinary, nullable=False),
    Index("ix_frames_agent_id_epoch_lane_seq", "agent_id", "epoch", "lane", "seq"),
    schema=SCHEMA,
)


class GapRow(Base):
    """Between two times readings of some series of an asset may be missing, as a frame declared.

    Written in the transaction of its frame, so that it is there once. Bounds are source times; the asset is
    the one the tags belonged to then.
    """

    __tablename__ = "gaps"
    __table_args__ = (
        CheckConstraint("started_at <= ended_at", name="span"),
        Index("ix_gaps_asset_id_started_at", "asset_id", "started_at"),
        {"schema": SCHEMA},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("registry.gateways.id"))
    epoch: Mapped[UUID] = mapped_column(Uuid)
    lane: Mapped[str]
    seq: Mapped[int] = mapped_column(BigInteger)
    asset_id: Mapped[str] = mapped_column(ForeignKey("registry.assets.id"))
    series_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    reason: Mapped[str]
    recorded_at: Mapped[datetime]


class QuarantineEntry(Base):
    """Readings of one frame, or a whole message, that could not be stored, and why.

    `kind` is `readings` or `message`. A message that nobody vouches for counts as nobody's readings; the same
    bytes again raise `occurrences`, and beyond a number of different ones per source and reason only a count
    is kept, in the entry whose digest is empty.
    """

    __tablename__ = "quarantine"
    __table_args__ = (
        CheckConstraint("kind IN ('readings', 'message')", name="kind"),
        CheckConstraint("state IN ('open', 'replayed', 'dropped')", name="state"),
        Index(
            "uq_quarantine_message",
            "source",
            "reason",
            "digest",
            unique=True,
            postgresql_where=text("kind = 'message' AND state = 'open'"),
        ),
        Index("ix_quarantine_agent_id_id", "agent_id", "id"),
        Index("ix_quarantine_open", "id", postgresql_where=text("state = 'open'")),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    reason: Mapped[str]
    detail: Mapped[str] = mapped_column(server_default="")
    source: Mapped[str]
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("registry.gateways.id"))
    epoch: Mapped[UUID | None] = mapped_column(Uuid)
    lane: Mapped[str | None]
    seq: Mapped[int | None] = mapped_column(BigInteger)
    schema_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    readings: Mapped[int] = mapped_column(Integer, server_default="0")
    occurrences: Mapped[int] = mapped_column(BigInteger, server_default="1")
    size_bytes: Mapped[int] = mapped_column(Integer)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    body_version: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="open")
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form
