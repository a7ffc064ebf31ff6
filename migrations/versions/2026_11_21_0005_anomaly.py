"""Tables of `anomaly`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant, make_schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_schema("anomaly")
    op.create_table(
        "baselines",
        sa.Column("series_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("detector", sa.Text(), nullable=False),
        sa.Column("learnt", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_baselines")),
        schema="anomaly",
    )
    op.create_table(
        "cursors",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("next_seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("lane IN ('live', 'backlog')", name=op.f("ck_cursors_lane")),
        sa.CheckConstraint("next_seq >= 0", name=op.f("ck_cursors_next_seq")),
        sa.PrimaryKeyConstraint("agent_id", "epoch", "lane", name=op.f("pk_cursors")),
        schema="anomaly",
    )
    op.create_table(
        "shards",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_shards")),
        schema="anomaly",
    )
    op.create_table(
        "snapshots",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("detector", sa.Text(), nullable=False),
        sa.Column("positions", postgresql.JSONB(), nullable=False),
        sa.Column("models", sa.LargeBinary(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_snapshots")),
        schema="anomaly",
    )
    op.create_table(
        "alarms",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("failure_mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("detector", sa.Text(), nullable=False),
        sa.Column("onset_epoch", sa.Uuid(), nullable=False),
        sa.Column("onset_lane", sa.Text(), nullable=False),
        sa.Column("onset_seq", sa.BigInteger(), nullable=False),
        sa.Column("onset_index", sa.Integer(), nullable=False),
        sa.Column("onset_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("acknowledged_by_name", sa.Text(), nullable=True),
        sa.Column("summary", postgresql.JSONB(), nullable=False),
        sa.Column("cause", postgresql.JSONB(), nullable=False),
        sa.Column("contributors", postgresql.JSONB(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("occurrences", sa.Integer(), server_default="1", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(state LIKE 'active%') = (returned_at IS NULL)",
            name=op.f("ck_alarms_returned_when_not_active"),
        ),
        sa.CheckConstraint("category IN ('machine', 'sensor')", name=op.f("ck_alarms_category")),
        sa.CheckConstraint(
            "severity IN ('critical', 'high', 'medium', 'low')", name=op.f("ck_alarms_severity")
        ),
        sa.CheckConstraint(
            "state IN ('active_unacknowledged', 'active_acknowledged', 'returned_unacknowledged', 'normal')",
            name=op.f("ck_alarms_state"),
        ),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["registry.people.id"], name=op.f("fk_alarms_acknowledged_by")
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name=op.f("fk_alarms_asset_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["registry.organisations.id"],
            name=op.f("fk_alarms_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
        schema="anomaly",
    )
    op.create_index(
        op.f("ix_alarms_acknowledged_by"),
        "alarms",
        ["acknowledged_by"],
        unique=False,
        schema="anomaly",
    )
    op.create_index(
        "ix_alarms_asset_id_id", "alarms", ["asset_id", "id"], unique=False, schema="anomaly"
    )
    op.create_index(
        "ix_alarms_organisation_id_id",
        "alarms",
        ["organisation_id", "id"],
        unique=False,
        schema="anomaly",
    )
    op.create_index(
        "uq_alarms_onset",
        "alarms",
        ["asset_id", "detector", "onset_epoch", "onset_lane", "onset_seq", "onset_index"],
        unique=True,
        schema="anomaly",
    )
    op.create_index(
        "uq_alarms_open",
        "alarms",
        ["asset_id", "category", "historical"],
        unique=True,
        schema="anomaly",
        postgresql_where=sa.text("returned_at IS NULL"),
    )
    op.create_table(
        "deviations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("alarm_id", sa.Text(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("detector", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("onset_epoch", sa.Uuid(), nullable=False),
        sa.Column("onset_lane", sa.Text(), nullable=False),
        sa.Column("onset_seq", sa.BigInteger(), nullable=False),
        sa.Column("onset_index", sa.Integer(), nullable=False),
        sa.Column("onset_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("seen", sa.Double(), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("since_s", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alarm_id"], ["anomaly.alarms.id"], name=op.f("fk_deviations_alarm_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deviations")),
        schema="anomaly",
    )
    op.create_index(
        op.f("ix_deviations_alarm_id"), "deviations", ["alarm_id"], unique=False, schema="anomaly"
    )
    op.create_index(
        "ix_deviations_open",
        "deviations",
        ["agent_id"],
        unique=False,
        schema="anomaly",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_deviations_onset",
        "deviations",
        ["series_id", "detector", "onset_epoch", "onset_lane", "onset_seq", "onset_index"],
        unique=True,
        schema="anomaly",
    )
    for table in ("shards", "cursors", "snapshots", "baselines", "alarms", "deviations"):
        grant("anomaly", table, "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.drop_index("uq_deviations_onset", table_name="deviations", schema="anomaly")
    op.drop_index(
        "ix_deviations_open",
        table_name="deviations",
        schema="anomaly",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_deviations_alarm_id"), table_name="deviations", schema="anomaly")
    op.drop_table("deviations", schema="anomaly")
    op.drop_index(
        "uq_alarms_open",
        table_name="alarms",
        schema="anomaly",
        postgresql_where=sa.text("returned_at IS NULL"),
    )
    op.drop_index("uq_alarms_onset", table_name="alarms", schema="anomaly")
    op.drop_index("ix_alarms_organisation_id_id", table_name="alarms", schema="anomaly")
    op.drop_index("ix_alarms_asset_id_id", table_name="alarms", schema="anomaly")
    op.drop_index(op.f("ix_alarms_acknowledged_by"), table_name="alarms", schema="anomaly")
    op.drop_table("alarms", schema="anomaly")
    op.drop_table("snapshots", schema="anomaly")
    op.drop_table("shards", schema="anomaly")
    op.drop_table("cursors", schema="anomaly")
    op.drop_table("baselines", schema="anomaly")
    op.execute("DROP SCHEMA IF EXISTS anomaly")
