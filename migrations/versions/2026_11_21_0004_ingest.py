"""The ledger, the log of frames, agents and quarantine."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant, make_schema
from migrations.partitions import drop_partition_function, make_partition_function

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_schema("ingest")
    op.create_table(
        "frames",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("mapping_id", sa.BigInteger(), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("excluded", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        schema="ingest",
        postgresql_partition_by="RANGE (received_at)",
    )
    # A frame is compressed already and mostly fits beside its columns: trying to compress it again and
    # cutting it into a side table would cost more than storing it.
    op.execute("ALTER TABLE ingest.frames ALTER COLUMN body SET STORAGE EXTERNAL")
    make_partition_function("ingest", "frames", options="toast_tuple_target = 8160")
    op.create_index(
        "ix_frames_agent_id_epoch_lane_seq",
        "frames",
        ["agent_id", "epoch", "lane", "seq"],
        unique=False,
        schema="ingest",
    )
    op.create_table(
        "mappings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("schema_hash", sa.LargeBinary(), nullable=False),
        sa.Column("series_ids", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column(
            "made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mappings")),
        schema="ingest",
    )
    op.create_table(
        "agents",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("buffered", sa.BigInteger(), nullable=True),
        sa.Column("clock_offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("sources", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["registry.gateways.id"], name=op.f("fk_agents_agent_id")
        ),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_agents")),
        schema="ingest",
    )
    op.create_table(
        "epochs",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("taken", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("dropped", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "first_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["registry.gateways.id"], name=op.f("fk_epochs_agent_id")
        ),
        sa.PrimaryKeyConstraint("agent_id", "epoch", name=op.f("pk_epochs")),
        schema="ingest",
    )
    op.create_table(
        "ledger",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("received", postgresql.INT8MULTIRANGE(), server_default="{}", nullable=False),
        sa.Column("stored", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("quarantined", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("dropped", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "first_received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("lane IN ('live', 'backlog')", name=op.f("ck_ledger_lane")),
        sa.CheckConstraint("stored >= 0 AND quarantined >= 0 AND dropped >= 0", name=op.f("ck_ledger_counts")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["registry.gateways.id"], name=op.f("fk_ledger_agent_id")
        ),
        sa.PrimaryKeyConstraint("agent_id", "epoch", "lane", name=op.f("pk_ledger")),
        schema="ingest",
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("epoch", sa.Uuid(), nullable=True),
        sa.Column("lane", sa.Text(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("schema_hash", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("readings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("occurrences", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("body_version", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('readings', 'message')", name=op.f("ck_quarantine_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'replayed', 'dropped')", name=op.f("ck_quarantine_state")
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["registry.gateways.id"], name=op.f("fk_quarantine_agent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        schema="ingest",
    )
    op.create_index(
        "ix_quarantine_agent_id_id", "quarantine", ["agent_id", "id"], unique=False, schema="ingest"
    )
    op.create_index(
        "ix_quarantine_open",
        "quarantine",
        ["id"],
        unique=False,
        schema="ingest",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_quarantine_message",
        "quarantine",
        ["source", "reason", "digest"],
        unique=True,
        schema="ingest",
        postgresql_where=sa.text("kind = 'message' AND state = 'open'"),
    )
    op.create_table(
        "schemas",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("schema_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tags", postgresql.JSONB(), nullable=False),
        sa.Column("mapping_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "announced_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["registry.gateways.id"], name=op.f("fk_schemas_agent_id")
        ),
        sa.PrimaryKeyConstraint("agent_id", "schema_hash", name=op.f("pk_schemas")),
        schema="ingest",
    )
    for table in ("ledger", "agents", "epochs", "schemas", "quarantine"):
        grant("ingest", table, "SELECT, INSERT, UPDATE")
    for table in ("frames", "mappings"):
        grant("ingest", table, "SELECT, INSERT")


def downgrade() -> None:
    op.drop_table("schemas", schema="ingest")
    op.drop_index(
        "uq_quarantine_message",
        table_name="quarantine",
        schema="ingest",
        postgresql_where=sa.text("kind = 'message' AND state = 'open'"),
    )
    op.drop_index(
        "ix_quarantine_open",
        table_name="quarantine",
        schema="ingest",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_quarantine_agent_id_id", table_name="quarantine", schema="ingest")
    op.drop_table("quarantine", schema="ingest")
    op.drop_table("ledger", schema="ingest")
    op.drop_table("epochs", schema="ingest")
    op.drop_table("agents", schema="ingest")
    op.drop_table("mappings", schema="ingest")
    drop_partition_function("ingest", "frames")
    op.drop_index("ix_frames_agent_id_epoch_lane_seq", table_name="frames", schema="ingest")
    op.drop_table("frames", schema="ingest")
    op.execute("DROP SCHEMA IF EXISTS ingest")
