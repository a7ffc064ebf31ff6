"""False alarms asked per type of asset and expected of each device; verdicts as commands."""

import sqlalchemy as sa
from alembic import op

from migrations.grants import grant

revision = "0021o"
down_revision = "0020h"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "detector_choices",
        sa.Column("false_alarms_per_year", sa.Double(), nullable=True),
        schema="anomaly",
    )
    op.create_table(
        "device_calibrations",
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("asked", sa.Double(), nullable=False),
        sa.Column("mean", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("blocks", sa.Integer(), nullable=False),
        sa.Column("said", sa.Integer(), nullable=False),
        sa.Column("learnt", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name=op.f("fk_device_calibrations_asset_id")
        ),
        sa.PrimaryKeyConstraint("asset_id", "agent_id", name=op.f("pk_device_calibrations")),
        schema="anomaly",
    )
    grant("anomaly", "device_calibrations", "SELECT, INSERT, UPDATE")
    _commands("kind IN ('new_normal', 'verdict')")


def downgrade() -> None:
    op.execute("DELETE FROM anomaly.commands WHERE kind = 'verdict'")
    _commands("kind = 'new_normal'")
    op.drop_table("device_calibrations", schema="anomaly")
    op.drop_column("detector_choices", "false_alarms_per_year", schema="anomaly")


def _commands(kinds: str) -> None:
    op.drop_constraint(op.f("ck_commands_kind"), "commands", schema="anomaly")
    op.create_check_constraint(op.f("ck_commands_kind"), "commands", kinds, schema="anomaly")
