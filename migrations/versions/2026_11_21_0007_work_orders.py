"""Tables of `work_orders`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant, grant_usage, make_schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SEQUENCES = ("work_order_numbers", "complaint_numbers")


def upgrade() -> None:
    make_schema("work_orders")
    for sequence in SEQUENCES:
        op.execute(f"CREATE SEQUENCE work_orders.{sequence}")
    op.create_table(
        "alarm_clearances",
        sa.Column("alarm_id", sa.Text(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("alarm_id", name=op.f("pk_alarm_clearances")),
        schema="work_orders",
    )
    op.create_table(
        "tickets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "family",
            sa.Text(),
            sa.Computed(
                "CASE WHEN kind = 'complaint' THEN 'complaint' ELSE 'work_order' END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("origin", sa.Text(), server_default="person", nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("failure_mode", sa.Text(), server_default="unspecified", nullable=False),
        sa.Column("stage", sa.Text(), server_default="pending", nullable=False),
        sa.Column("stage_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("assignee_id", sa.Text(), nullable=True),
        sa.Column("dispatch", postgresql.JSONB(), nullable=True),
        sa.Column("reason", postgresql.JSONB(), nullable=True),
        sa.Column("alarm_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worst", postgresql.JSONB(), nullable=True),
        sa.Column("fields", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.Column("findings", sa.Text(), nullable=True),
        sa.Column("labour_minutes", sa.Integer(), nullable=True),
        sa.Column("performed_on", sa.Date(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "search_text",
            sa.Text(),
            sa.Computed("number || ' ' || title || ' ' || description", persisted=True),
            nullable=False,
        ),
        sa.Column("search_terms", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(stage IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)",
            name=op.f("ck_tickets_ended"),
        ),
        sa.CheckConstraint("failure_mode <> ''", name=op.f("ck_tickets_failure_mode")),
        sa.CheckConstraint(
            "kind = 'complaint' OR asset_id IS NOT NULL", name=op.f("ck_tickets_order_has_asset")
        ),
        sa.CheckConstraint(
            "kind IN ('complaint', 'preventive', 'corrective', 'inspection', 'installation')",
            name=op.f("ck_tickets_kind"),
        ),
        sa.CheckConstraint("origin IN ('alarm', 'person')", name=op.f("ck_tickets_origin")),
        sa.CheckConstraint(
            "priority IN ('P0', 'P1', 'P2', 'P3')", name=op.f("ck_tickets_priority")
        ),
        sa.CheckConstraint(
            "stage <> 'assigned' OR assignee_id IS NOT NULL", name=op.f("ck_tickets_assigned")
        ),
        sa.CheckConstraint(
            "stage IN ('pending', 'triaged', 'assigned', 'in_progress', 'on_hold', 'awaiting_confirmation', 'closed', 'cancelled')",
            name=op.f("ck_tickets_stage"),
        ),
        sa.CheckConstraint("labour_minutes >= 0", name=op.f("ck_tickets_labour_minutes")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name=op.f("fk_tickets_asset_id")
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["registry.people.id"], name=op.f("fk_tickets_assignee_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["registry.people.id"], name=op.f("fk_tickets_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["registry.organisations.id"],
            name=op.f("fk_tickets_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("number", name=op.f("uq_tickets_number")),
        schema="work_orders",
    )
    op.create_index(
        "ix_tickets_asset_id", "tickets", ["asset_id", "id"], unique=False, schema="work_orders"
    )
    op.create_index(
        "ix_tickets_assignee_open",
        "tickets",
        ["assignee_id", "id"],
        unique=False,
        schema="work_orders",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_tickets_created_at",
        "tickets",
        ["created_at", "id"],
        unique=False,
        schema="work_orders",
    )
    op.create_index(
        "ix_tickets_family", "tickets", ["family", "id"], unique=False, schema="work_orders"
    )
    op.create_index(
        "ix_tickets_family_open",
        "tickets",
        ["family", "stage", "id"],
        unique=False,
        schema="work_orders",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_tickets_organisation_id",
        "tickets",
        ["organisation_id", "family", "id"],
        unique=False,
        schema="work_orders",
    )
    op.create_index(
        "ix_tickets_search_terms",
        "tickets",
        ["search_terms"],
        unique=False,
        schema="work_orders",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_tickets_search_text_trgm",
        "tickets",
        ["search_text"],
        unique=False,
        schema="work_orders",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(
        "uq_tickets_open_preventive",
        "tickets",
        ["asset_id", "failure_mode"],
        unique=True,
        schema="work_orders",
        postgresql_where=sa.text("kind = 'preventive' AND closed_at IS NULL"),
    )
    op.create_index(
        "uq_tickets_open_sensor",
        "tickets",
        ["asset_id", "failure_mode"],
        unique=True,
        schema="work_orders",
        postgresql_where=sa.text("kind = 'inspection' AND origin = 'alarm' AND closed_at IS NULL"),
    )
    op.create_table(
        "ticket_alarms",
        sa.Column("alarm_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("onset_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", postgresql.JSONB(), nullable=False),
        sa.Column("summary", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["work_orders.tickets.id"], name=op.f("fk_ticket_alarms_ticket_id")
        ),
        sa.PrimaryKeyConstraint("alarm_id", "ticket_id", name=op.f("pk_ticket_alarms")),
        schema="work_orders",
    )
    op.create_index(
        op.f("ix_ticket_alarms_ticket_id"),
        "ticket_alarms",
        ["ticket_id"],
        unique=False,
        schema="work_orders",
    )
    op.create_table(
        "ticket_links",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by_rule", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('same_failure', 'related')", name=op.f("ck_ticket_links_kind")
        ),
        sa.CheckConstraint("ticket_id < other_id", name=op.f("ck_ticket_links_order")),
        sa.ForeignKeyConstraint(
            ["other_id"], ["work_orders.tickets.id"], name=op.f("fk_ticket_links_other_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["work_orders.tickets.id"], name=op.f("fk_ticket_links_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", "other_id", name=op.f("pk_ticket_links")),
        schema="work_orders",
    )
    op.create_index(
        op.f("ix_ticket_links_other_id"),
        "ticket_links",
        ["other_id"],
        unique=False,
        schema="work_orders",
    )
    op.create_table(
        "ticket_parts",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("failed_serial", sa.Text(), nullable=True),
        sa.Column("replacement_serial", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("fitted_on", sa.Date(), nullable=False),
        sa.Column("fitting_id", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_ticket_parts_quantity")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["work_orders.tickets.id"], name=op.f("fk_ticket_parts_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", "line", name=op.f("pk_ticket_parts")),
        schema="work_orders",
    )
    op.create_table(
        "timeline_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Text(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("internal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.CheckConstraint(
            "kind IN ('created', 'comment', 'transition', 'assignment', 'edit', 'link', 'unlink', 'alarm_update', 'part')",
            name=op.f("ck_timeline_entries_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["work_orders.tickets.id"], name=op.f("fk_timeline_entries_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline_entries")),
        schema="work_orders",
    )
    op.create_index(
        "ix_timeline_entries_ticket_id",
        "timeline_entries",
        ["ticket_id", "id"],
        unique=False,
        schema="work_orders",
    )
    for table in ("tickets", "ticket_alarms"):
        grant("work_orders", table, "SELECT, INSERT, UPDATE")
    grant("work_orders", "ticket_links", "SELECT, INSERT, DELETE")
    grant("work_orders", "alarm_clearances", "SELECT, INSERT, UPDATE, DELETE")
    for table in ("timeline_entries", "ticket_parts"):
        grant("work_orders", table, "SELECT, INSERT")
    for sequence in SEQUENCES:
        grant_usage("work_orders", sequence)


def downgrade() -> None:
    op.drop_index(
        "ix_timeline_entries_ticket_id", table_name="timeline_entries", schema="work_orders"
    )
    op.drop_table("timeline_entries", schema="work_orders")
    op.drop_table("ticket_parts", schema="work_orders")
    op.drop_index(op.f("ix_ticket_links_other_id"), table_name="ticket_links", schema="work_orders")
    op.drop_table("ticket_links", schema="work_orders")
    op.drop_index(
        op.f("ix_ticket_alarms_ticket_id"), table_name="ticket_alarms", schema="work_orders"
    )
    op.drop_table("ticket_alarms", schema="work_orders")
    op.drop_index(
        "uq_tickets_open_sensor",
        table_name="tickets",
        schema="work_orders",
        postgresql_where=sa.text("kind = 'inspection' AND origin = 'alarm' AND closed_at IS NULL"),
    )
    op.drop_index(
        "uq_tickets_open_preventive",
        table_name="tickets",
        schema="work_orders",
        postgresql_where=sa.text("kind = 'preventive' AND closed_at IS NULL"),
    )
    op.drop_index(
        "ix_tickets_search_text_trgm",
        table_name="tickets",
        schema="work_orders",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.drop_index(
        "ix_tickets_search_terms",
        table_name="tickets",
        schema="work_orders",
        postgresql_using="gin",
    )
    op.drop_index("ix_tickets_organisation_id", table_name="tickets", schema="work_orders")
    op.drop_index(
        "ix_tickets_family_open",
        table_name="tickets",
        schema="work_orders",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index("ix_tickets_family", table_name="tickets", schema="work_orders")
    op.drop_index(
        "ix_tickets_assignee_open",
        table_name="tickets",
        schema="work_orders",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index("ix_tickets_created_at", table_name="tickets", schema="work_orders")
    op.drop_index("ix_tickets_asset_id", table_name="tickets", schema="work_orders")
    op.drop_table("tickets", schema="work_orders")
    op.drop_table("alarm_clearances", schema="work_orders")
    for sequence in SEQUENCES:
        op.execute(f"DROP SEQUENCE work_orders.{sequence}")
    op.execute("DROP SCHEMA IF EXISTS work_orders")
