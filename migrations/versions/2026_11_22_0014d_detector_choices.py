"""Which detector judges which assets, as data."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0014d"
down_revision = "0013a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "detector_choices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("applies_to", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("detector", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("detector_version", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chosen_by", sa.Text(), nullable=True),
        sa.Column("chosen_by_name", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "applies_to IN ('all', 'equipment_class', 'product_model')",
            name=op.f("ck_detector_choices_applies_to"),
        ),
        sa.CheckConstraint(
            "(applies_to = 'all') = (target = '')", name=op.f("ck_detector_choices_target")
        ),
        sa.ForeignKeyConstraint(
            ["chosen_by"], ["registry.people.id"], name=op.f("fk_detector_choices_chosen_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detector_choices")),
        schema="anomaly",
    )
    op.create_index(
        op.f("ix_detector_choices_chosen_by"), "detector_choices", ["chosen_by"], schema="anomaly"
    )
    op.create_index(
        "uq_detector_choices_in_force",
        "detector_choices",
        ["applies_to", "target"],
        unique=True,
        schema="anomaly",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_detector_choices_version",
        "detector_choices",
        ["applies_to", "target", "version"],
        unique=True,
        schema="anomaly",
    )
    grant("anomaly", "detector_choices", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.drop_table("detector_choices", schema="anomaly")
