"""Notices: ways to people, what they want, words, what they are told, and how it was delivered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0024f"
down_revision = "0024a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_templates",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_notice_templates_language")),
        sa.PrimaryKeyConstraint("topic", "language", name=op.f("pk_notice_templates")),
        schema="work_orders",
    )
    op.create_table(
        "notice_channels",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("standing", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('email', 'sms', 'address')", name=op.f("ck_notice_channels_kind")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["registry.people.id"], name=op.f("fk_notice_channels_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_channels")),
        schema="work_orders",
    )
    op.create_index(
        "ix_notice_channels_person_id",
        "notice_channels",
        ["person_id", "id"],
        unique=False,
        schema="work_orders",
    )
    op.create_index(
        "ix_notice_channels_topics",
        "notice_channels",
        ["topics"],
        unique=False,
        schema="work_orders",
        postgresql_using="gin",
    )
    op.create_index(
        "uq_notice_channels_standing",
        "notice_channels",
        ["person_id", "kind"],
        unique=True,
        schema="work_orders",
        postgresql_where=sa.text("standing"),
    )
    op.create_table(
        "notice_preferences",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("daily_at", sa.Time(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "digest IN ('at_once', 'hourly', 'daily')", name=op.f("ck_notice_preferences_digest")
        ),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_to IS NULL)", name=op.f("ck_notice_preferences_quiet")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["registry.people.id"], name=op.f("fk_notice_preferences_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notice_preferences")),
        schema="work_orders",
    )
    op.create_table(
        "notice_deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("bundle", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("first_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claim", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'sending') = (claim IS NOT NULL)", name=op.f("ck_notice_deliveries_claim")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'dead', 'dropped')",
            name=op.f("ck_notice_deliveries_state"),
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["work_orders.notice_channels.id"],
            name=op.f("fk_notice_deliveries_channel_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_deliveries")),
        schema="work_orders",
    )
    op.create_index(
        "ix_notice_deliveries_due",
        "notice_deliveries",
        ["channel_id", "due_at", "id"],
        unique=False,
        schema="work_orders",
        postgresql_where=sa.text("state IN ('waiting', 'sending')"),
    )
    op.create_index(
        "ix_notice_deliveries_state",
        "notice_deliveries",
        ["state", "id"],
        unique=False,
        schema="work_orders",
    )
    op.create_index(
        "uq_notice_deliveries_bundle",
        "notice_deliveries",
        ["channel_id", "due_at"],
        unique=True,
        schema="work_orders",
        postgresql_where=sa.text("bundle AND state = 'waiting' AND attempts = 0"),
    )
    op.create_table(
        "notice_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('sent', 'failed', 'timeout', 'refused')",
            name=op.f("ck_notice_attempts_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["work_orders.notice_deliveries.id"],
            name=op.f("fk_notice_attempts_delivery_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_attempts")),
        schema="work_orders",
    )
    op.create_index(
        "ix_notice_attempts_delivery_id",
        "notice_attempts",
        ["delivery_id", "id"],
        unique=False,
        schema="work_orders",
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["work_orders.notice_channels.id"], name=op.f("fk_notices_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["work_orders.notice_deliveries.id"],
            name=op.f("fk_notices_delivery_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("event_id", "topic", "channel_id", name="uq_notices_event"),
        schema="work_orders",
    )
    op.create_index(
        "ix_notices_delivery_id",
        "notices",
        ["delivery_id", "id"],
        unique=False,
        schema="work_orders",
    )
    grant("work_orders", "notice_channels", "SELECT, INSERT, UPDATE")
    grant("work_orders", "notice_preferences", "SELECT, INSERT, UPDATE")
    grant("work_orders", "notice_templates", "SELECT, INSERT, UPDATE, DELETE")
    grant("work_orders", "notice_deliveries", "SELECT, INSERT, UPDATE")
    grant("work_orders", "notices", "SELECT, INSERT")
    grant("work_orders", "notice_attempts", "SELECT, INSERT")


def downgrade() -> None:
    op.drop_index("ix_notices_delivery_id", table_name="notices", schema="work_orders")
    op.drop_table("notices", schema="work_orders")
    op.drop_index(
        "ix_notice_attempts_delivery_id", table_name="notice_attempts", schema="work_orders"
    )
    op.drop_table("notice_attempts", schema="work_orders")
    op.drop_index(
        "uq_notice_deliveries_bundle",
        table_name="notice_deliveries",
        schema="work_orders",
        postgresql_where=sa.text("bundle AND state = 'waiting' AND attempts = 0"),
    )
    op.drop_index(
        "ix_notice_deliveries_state", table_name="notice_deliveries", schema="work_orders"
    )
    op.drop_index(
        "ix_notice_deliveries_due",
        table_name="notice_deliveries",
        schema="work_orders",
        postgresql_where=sa.text("state IN ('waiting', 'sending')"),
    )
    op.drop_table("notice_deliveries", schema="work_orders")
    op.drop_table("notice_preferences", schema="work_orders")
    op.drop_index(
        "uq_notice_channels_standing",
        table_name="notice_channels",
        schema="work_orders",
        postgresql_where=sa.text("standing"),
    )
    op.drop_index(
        "ix_notice_channels_topics",
        table_name="notice_channels",
        schema="work_orders",
        postgresql_using="gin",
    )
    op.drop_index(
        "ix_notice_channels_person_id", table_name="notice_channels", schema="work_orders"
    )
    op.drop_table("notice_channels", schema="work_orders")
    op.drop_table("notice_templates", schema="work_orders")
