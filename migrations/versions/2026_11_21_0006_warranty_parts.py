"""Policies and claims."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0006"
down_revision = "0006a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text()),
        sa.Column("family_id", sa.Text()),
        sa.Column("start_event", sa.Text(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("meter_limit", sa.Numeric(precision=14, scale=2)),
        sa.Column("meter_unit", sa.Text(), server_default="h", nullable=False),
        sa.Column("replacement_days_min", sa.Integer(), server_default="0", nullable=False),
        sa.Column("checks", postgresql.JSONB(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.CheckConstraint("checks->>'duplicate' = 'error'", name="duplicate"),
        sa.CheckConstraint(
            "start_event IN ('invoice', 'delivery', 'installation', 'commissioning')",
            name="start_event",
        ),
        sa.CheckConstraint("effective_to >= effective_from", name="effective"),
        sa.CheckConstraint("meter_limit > 0", name="meter_limit"),
        sa.CheckConstraint("months BETWEEN 0 AND 600", name="months"),
        sa.CheckConstraint("replacement_days_min BETWEEN 0 AND 3660", name="replacement_days_min"),
        sa.ForeignKeyConstraint(
            ["family_id"], ["warranty_parts.part_families.id"], name="fk_policies_family_id"
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["registry.product_models.id"], name="fk_policies_model_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_policies"),
        schema="warranty_parts",
    )
    op.create_index(
        "ix_policies_family_id_model_id",
        "policies",
        ["family_id", "model_id"],
        schema="warranty_parts",
    )
    op.create_index(
        "ix_policies_model_id",
        "policies",
        ["model_id"],
        schema="warranty_parts",
    )
    op.create_table(
        "registrations",
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("invoiced_on", sa.Date()),
        sa.Column("installed_on", sa.Date()),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "registered_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name="fk_registrations_asset_id"
        ),
        sa.PrimaryKeyConstraint("asset_id", name="pk_registrations"),
        schema="warranty_parts",
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("serial_number", sa.Text(), nullable=False),
        sa.Column("failure_on", sa.Date(), nullable=False),
        sa.Column("repaired_on", sa.Date()),
        sa.Column("meter", sa.Numeric(precision=14, scale=2)),
        sa.Column("work_order_id", sa.Text()),
        sa.Column("alarm_id", sa.Text()),
        sa.Column(
            "complaint_ids", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("invoice_number", sa.Text()),
        sa.Column("customer_paid", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("claimant_id", sa.Text()),
        sa.Column("claimant_name", sa.Text(), nullable=False),
        sa.Column("claimant_organisation_id", sa.Text()),
        sa.Column("refusal", postgresql.JSONB()),
        sa.Column("decision_reason", sa.Text()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("paid_at", sa.DateTime(timezone=True)),
        sa.Column("reversed_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refusal"),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'needs_information', 'accepted', 'refused', 'paid', 'reversed')",
            name="state",
        ),
        sa.CheckConstraint("meter >= 0", name="meter"),
        sa.CheckConstraint("repaired_on >= failure_on", name="repair"),
        sa.ForeignKeyConstraint(["asset_id"], ["registry.assets.id"], name="fk_claims_asset_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["registry.organisations.id"],
            name="fk_claims_organisation_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_claims"),
        sa.UniqueConstraint("number", name="uq_claims_number"),
        schema="warranty_parts",
    )
    op.create_index("ix_claims_asset_id_id", "claims", ["asset_id", "id"], schema="warranty_parts")
    op.create_index(
        "ix_claims_organisation_id_id",
        "claims",
        ["organisation_id", "id"],
        schema="warranty_parts",
    )
    op.create_index("ix_claims_state_id", "claims", ["state", "id"], schema="warranty_parts")
    op.create_index(
        "ix_claims_work_order_id",
        "claims",
        ["work_order_id"],
        schema="warranty_parts",
    )
    op.create_table(
        "claim_lines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "live",
            sa.Boolean(),
            sa.Computed(
                "state IN ('submitted', 'needs_information', 'accepted', 'paid')", persisted=True
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("position_key", sa.Text(), nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("part_id", sa.Text()),
        sa.Column("family_key", sa.Text(), nullable=False),
        sa.Column("fitting_id", sa.Text()),
        sa.Column("failed_serial", sa.Text()),
        sa.Column("failed_serial_key", sa.Text()),
        sa.Column("failed_serial_look", sa.Text()),
        sa.Column("replacement_serial", sa.Text()),
        sa.Column("replacement_serial_key", sa.Text()),
        sa.Column("work_order_id", sa.Text()),
        sa.Column("invoice_key", sa.Text()),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("labour_minutes", sa.Integer(), nullable=False),
        sa.Column("cover", postgresql.DATERANGE()),
        sa.Column("coverage", postgresql.JSONB()),
        sa.Column("findings", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("prior_claim_id", sa.Text()),
        sa.Column("refusal", postgresql.JSONB()),
        postgresql.ExcludeConstraint(
            (sa.column("asset_id"), "="),
            (sa.column("position_key"), "="),
            (sa.column("fitting_id"), "="),
            (sa.column("cover"), "&&"),
            where=sa.text("live"),
            using="gist",
            name="ex_claim_lines_a_fitting",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("organisation_id"), "="),
            (sa.column("invoice_key"), "="),
            (sa.column("claim_id"), "<>"),
            where=sa.text("live"),
            using="gist",
            name="ex_claim_lines_d_invoice",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("work_order_id"), "="),
            (sa.column("family_key"), "="),
            (sa.column("claim_id"), "<>"),
            where=sa.text("live"),
            using="gist",
            name="ex_claim_lines_c_part",
        ),
        sa.CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refusal"),
        sa.CheckConstraint(
            "NOT (state IN ('submitted', 'needs_information', 'accepted', 'paid')) OR (fitting_id IS NOT NULL AND cover IS NOT NULL)",
            name="key",
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'needs_information', 'accepted', 'refused', 'paid', 'reversed')",
            name="state",
        ),
        sa.CheckConstraint("NOT isempty(cover)", name="cover"),
        sa.CheckConstraint("quantity > 0 AND labour_minutes >= 0", name="amounts"),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name="fk_claim_lines_asset_id"
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["warranty_parts.claims.id"], name="fk_claim_lines_claim_id"
        ),
        sa.ForeignKeyConstraint(
            ["fitting_id"], ["warranty_parts.fittings.id"], name="fk_claim_lines_fitting_id"
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["warranty_parts.parts.id"], name="fk_claim_lines_part_id"
        ),
        sa.ForeignKeyConstraint(
            ["prior_claim_id"],
            ["warranty_parts.claims.id"],
            name="fk_claim_lines_prior_claim_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_claim_lines"),
        sa.UniqueConstraint("claim_id", "number", name="uq_claim_lines_claim_id_number"),
        sa.UniqueConstraint(
            "claim_id", "position_key", name="uq_claim_lines_claim_id_position_key"
        ),
        sa.UniqueConstraint(
            "id", "claim_id", "position_key", "family_key", "live", name="uq_claim_lines_events"
        ),
        schema="warranty_parts",
    )
    op.create_index(
        "ix_claim_lines_failed_serial_key",
        "claim_lines",
        ["failed_serial_key"],
        schema="warranty_parts",
    )
    op.create_index(
        "ix_claim_lines_look_key",
        "claim_lines",
        ["family_key", "failed_serial_look"],
        schema="warranty_parts",
        postgresql_where=sa.text("live"),
    )
    op.create_index(
        "ix_claim_lines_part_id",
        "claim_lines",
        ["part_id"],
        schema="warranty_parts",
    )
    op.create_index(
        "ix_claim_lines_prior_claim_id",
        "claim_lines",
        ["prior_claim_id"],
        schema="warranty_parts",
    )
    op.create_index(
        "ix_claim_lines_replacement_serial_key",
        "claim_lines",
        ["replacement_serial_key"],
        schema="warranty_parts",
    )
    op.create_index(
        "uq_claim_lines_b_serial",
        "claim_lines",
        ["family_key", "failed_serial_key"],
        unique=True,
        schema="warranty_parts",
        postgresql_where=sa.text("live"),
    )
    op.create_index(
        "uq_claim_lines_c_position",
        "claim_lines",
        ["work_order_id", "position_key"],
        unique=True,
        schema="warranty_parts",
        postgresql_where=sa.text("live"),
    )
    op.create_table(
        "claim_line_events",
        sa.Column("line_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("position_key", sa.Text(), nullable=False),
        sa.Column("family_key", sa.Text(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("event_id"), "="),
            (sa.column("family_key"), "="),
            (sa.column("claim_id"), "<>"),
            where=sa.text("live"),
            using="gist",
            name="ex_claim_line_events_c_part",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("event_id"), "="),
            (sa.column("position_key"), "="),
            (sa.column("claim_id"), "<>"),
            where=sa.text("live"),
            using="gist",
            name="ex_claim_line_events_c_position",
        ),
        sa.ForeignKeyConstraint(
            ["line_id", "claim_id", "position_key", "family_key", "live"],
            [
                "warranty_parts.claim_lines.id",
                "warranty_parts.claim_lines.claim_id",
                "warranty_parts.claim_lines.position_key",
                "warranty_parts.claim_lines.family_key",
                "warranty_parts.claim_lines.live",
            ],
            name="fk_claim_line_events_line",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("line_id", "event_id", name="pk_claim_line_events"),
        schema="warranty_parts",
    )
    for table in ("policies", "registrations", "claims"):
        grant("warranty_parts", table, "SELECT, INSERT, UPDATE")
    grant("warranty_parts", "claim_line_events", "SELECT, INSERT")
    # What the keys of a claim's line are made of stays as written.
    grant(
        "warranty_parts",
        "claim_lines",
        "SELECT, INSERT, UPDATE (state, part_id, family_key, fitting_id, cover, coverage, "
        "findings, prior_claim_id, refusal)",
    )


def downgrade() -> None:
    for table in (
        "claim_line_events",
        "claim_lines",
        "claims",
        "registrations",
        "policies",
    ):
        op.drop_table(table, schema="warranty_parts")
