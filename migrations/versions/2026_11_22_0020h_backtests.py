"""Backtests on stored history, and the alarms there would have been."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0020h"
down_revision = "0019m"
branch_labels = None
depends_on = None

_UNDER_WAY = "state IN ('queued', 'running')"


def upgrade() -> None:
    _create_backtests()
    _create_assets()
    _create_alarms()
    op.create_table(
        "backtest_checkpoints",
        sa.Column("backtest_id", sa.Text(), nullable=False),
        sa.Column("models", sa.LargeBinary(), nullable=False),
        _of_backtest("backtest_checkpoints"),
        sa.PrimaryKeyConstraint("backtest_id", name=op.f("pk_backtest_checkpoints")),
        schema="anomaly",
    )
    for table in ("backtests", "backtest_assets", "backtest_alarms", "backtest_checkpoints"):
        grant("anomaly", table, "SELECT, INSERT, UPDATE, DELETE")


def _of_backtest(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["backtest_id"],
        ["anomaly.backtests.id"],
        name=op.f(f"fk_{table}_backtest_id"),
        ondelete="CASCADE",
    )


def _create_backtests() -> None:
    op.create_table(
        "backtests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("applies_to", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("detector", sa.Text(), nullable=True),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("detector_version", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assets_left_out", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("alarms_found", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worked_s", sa.Float(), server_default="0", nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("requested_by_name", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("generation", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "applies_to IN ('assets', 'equipment_class', 'product_model')",
            name=op.f("ck_backtests_applies_to"),
        ),
        sa.CheckConstraint(
            "(applies_to = 'assets') = (target = '')", name=op.f("ck_backtests_target")
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'finished', 'cancelled', 'failed')",
            name=op.f("ck_backtests_state"),
        ),
        sa.CheckConstraint(f"({_UNDER_WAY}) = (ended_at IS NULL)", name=op.f("ck_backtests_ended")),
        sa.CheckConstraint("begins_at < ends_at", name=op.f("ck_backtests_span")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["registry.organisations.id"],
            name=op.f("fk_backtests_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["registry.people.id"], name=op.f("fk_backtests_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backtests")),
        schema="anomaly",
    )
    op.create_index(
        "ix_backtests_organisation_id_id", "backtests", ["organisation_id", "id"], schema="anomaly"
    )
    op.create_index(
        op.f("ix_backtests_requested_by"), "backtests", ["requested_by"], schema="anomaly"
    )
    op.create_index(
        "ix_backtests_under_way",
        "backtests",
        ["leased_until"],
        schema="anomaly",
        postgresql_where=sa.text(_UNDER_WAY),
    )


def _create_assets() -> None:
    op.create_table(
        "backtest_assets",
        sa.Column("backtest_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("position_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("readings", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("left_out", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("alarms", sa.Integer(), server_default="0", nullable=False),
        sa.Column("judged_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warm_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cold_series", sa.Integer(), server_default="0", nullable=False),
        sa.Column("judged_s", sa.Float(), server_default="0", nullable=False),
        sa.Column("in_alarm_s", sa.Float(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name=op.f("fk_backtest_assets_asset_id")
        ),
        _of_backtest("backtest_assets"),
        sa.PrimaryKeyConstraint("backtest_id", "asset_id", name=op.f("pk_backtest_assets")),
        schema="anomaly",
    )
    op.create_index(
        op.f("ix_backtest_assets_asset_id"), "backtest_assets", ["asset_id"], schema="anomaly"
    )
    op.create_index(
        "uq_backtest_assets_place",
        "backtest_assets",
        ["backtest_id", "place"],
        unique=True,
        schema="anomaly",
    )


def _create_alarms() -> None:
    op.create_table(
        "backtest_alarms",
        sa.Column("backtest_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("failure_mode", sa.Text(), nullable=False),
        sa.Column("onset_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("occurrences", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("summary", postgresql.JSONB(), nullable=False),
        sa.Column("cause", postgresql.JSONB(), nullable=False),
        sa.Column("contributors", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "category IN ('machine', 'sensor')", name=op.f("ck_backtest_alarms_category")
        ),
        sa.CheckConstraint(
            "severity IN ('critical', 'high', 'medium', 'low')",
            name=op.f("ck_backtest_alarms_severity"),
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name=op.f("fk_backtest_alarms_asset_id")
        ),
        _of_backtest("backtest_alarms"),
        sa.PrimaryKeyConstraint("backtest_id", "number", name=op.f("pk_backtest_alarms")),
        schema="anomaly",
    )
    op.create_index(
        op.f("ix_backtest_alarms_asset_id"), "backtest_alarms", ["asset_id"], schema="anomaly"
    )


def downgrade() -> None:
    for table in ("backtest_checkpoints", "backtest_alarms", "backtest_assets", "backtests"):
        op.drop_table(table, schema="anomaly")
