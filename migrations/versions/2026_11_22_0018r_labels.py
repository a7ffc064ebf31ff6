"""Texts that a state series sends, with the codes they are stored as."""

import sqlalchemy as sa
from alembic import op

from migrations.grants import grant

revision = "0018r"
down_revision = "0017a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "labels",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.CheckConstraint("code < 0", name=op.f("ck_labels_code")),
        sa.ForeignKeyConstraint(
            ["series_id"], ["telemetry.series.id"], name=op.f("fk_labels_series_id")
        ),
        sa.PrimaryKeyConstraint("series_id", "code", name=op.f("pk_labels")),
        schema="telemetry",
    )
    op.create_index(
        "uq_labels_series_id_label",
        "labels",
        ["series_id", "label"],
        unique=True,
        schema="telemetry",
    )
    grant("telemetry", "labels", "SELECT, INSERT")


def downgrade() -> None:
    op.drop_table("labels", schema="telemetry")
