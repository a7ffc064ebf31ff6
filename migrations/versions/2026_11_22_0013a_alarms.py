"""What hides alarms, their journal, and who was told of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0013a"
down_revision = "0013r"
branch_labels = None
depends_on = None

_KINDS = "('out_of_service', 'maintenance', 'parent', 'flood', 'shelved')"


def upgrade() -> None:
    _extend_alarms()
    _make_suppressions()
    _make_journal()
    _write_journal()


def _write_journal() -> None:
    """Write down what is known of the time before there was a journal."""
    for kind, time, by in (
        ("raised", "raised_at", "NULL, NULL"),
        ("told", "raised_at", "NULL, NULL"),
        ("acknowledged", "acknowledged_at", "acknowledged_by, acknowledged_by_name"),
        ("returned", "returned_at", "NULL, NULL"),
    ):
        select = (
            f"SELECT id, asset_id, organisation_id, site_id, occurrences, '{kind}', {time}, {by},"
            f" jsonb_build_object('severity', severity) FROM anomaly.alarms WHERE {time} IS NOT NULL"
            " ORDER BY id"
        )
        op.execute(
            "INSERT INTO anomaly.alarm_journal (alarm_id, asset_id, organisation_id, site_id,"
            f" occurrence, kind, event_at, actor_id, actor_name, data) {select}"
        )


def _extend_alarms() -> None:
    for column in (
        sa.Column("site_id", sa.Text(), nullable=True),
        sa.Column("heard", sa.Integer(), server_default="0", nullable=False),
        sa.Column("owed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("unheard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suppression", sa.Text(), nullable=True),
        sa.Column("suppression_id", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
    ):
        op.add_column("alarms", column, schema="anomaly")
    op.execute(
        "UPDATE anomaly.alarms a SET heard = occurrences, owed = state LIKE '%_unacknowledged',"
        " site_id = (SELECT site_id FROM registry.assets s WHERE s.id = a.asset_id)"
    )
    op.create_foreign_key(
        op.f("fk_alarms_site_id"), "alarms", "sites", ["site_id"], ["id"],
        source_schema="anomaly", referent_schema="registry",
    )  # fmt: skip
    op.create_index(op.f("ix_alarms_site_id"), "alarms", ["site_id"], schema="anomaly")
    op.create_index(
        "ix_alarms_not_normal", "alarms", ["id"], schema="anomaly",
        postgresql_where=sa.text("state <> 'normal'"),
    )  # fmt: skip
    for name, condition in (
        ("suppression", f"suppression IN {_KINDS}"),
        ("suppressed_by_something", "(suppression IS NULL) = (suppression_id IS NULL)"),
        ("verdict", "verdict IN ('true', 'false', 'nuisance')"),
        ("heard", "heard BETWEEN 0 AND occurrences"),
    ):
        op.create_check_constraint(op.f(f"ck_alarms_{name}"), "alarms", condition, schema="anomaly")


def _make_suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=True),
        sa.Column("site_id", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("series_ids", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column("parent_asset_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("ended_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint(f"kind IN {_KINDS}", name=op.f("ck_suppressions_kind")),
        sa.CheckConstraint(
            "num_nonnulls(asset_id, site_id) = 1", name=op.f("ck_suppressions_one_place")
        ),
        sa.CheckConstraint(
            "category IN ('machine', 'sensor')", name=op.f("ck_suppressions_category")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_suppressions_span")),
        sa.CheckConstraint(
            "kind NOT IN ('shelved', 'maintenance') OR ends_at IS NOT NULL",
            name=op.f("ck_suppressions_time_limited"),
        ),
        sa.CheckConstraint(
            "(kind = 'parent') = (parent_asset_id IS NOT NULL)",
            name=op.f("ck_suppressions_parent"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (end_reason IS NULL)",
            name=op.f("ck_suppressions_ended_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["registry.organisations.id"],
            name=op.f("fk_suppressions_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name=op.f("fk_suppressions_asset_id")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["registry.sites.id"], name=op.f("fk_suppressions_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_asset_id"], ["registry.assets.id"],
            name=op.f("fk_suppressions_parent_asset_id"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["registry.people.id"], name=op.f("fk_suppressions_created_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
        schema="anomaly",
    )  # fmt: skip
    is_open = sa.text("ended_at IS NULL")
    for name, columns, where in (
        ("ix_suppressions_asset_open", ["asset_id"], is_open),
        ("ix_suppressions_site_open", ["site_id"], is_open),
        ("ix_suppressions_organisation_id_id", ["organisation_id", "id"], None),
        (op.f("ix_suppressions_parent_asset_id"), ["parent_asset_id"], None),
    ):
        op.create_index(name, "suppressions", columns, schema="anomaly", postgresql_where=where)
    op.create_index(
        "uq_suppressions_flood", "suppressions", ["site_id"], unique=True, schema="anomaly",
        postgresql_where=sa.text("kind = 'flood' AND ended_at IS NULL"),
    )  # fmt: skip
    grant("anomaly", "suppressions", "SELECT, INSERT, UPDATE")


def _make_journal() -> None:
    op.create_table(
        "alarm_journal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("alarm_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=True),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"), nullable=False,
        ),
        sa.Column("actor_id", sa.Text(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.CheckConstraint(
            "kind IN ('raised', 'told', 'worsened', 'returned', 'acknowledged', 'suppressed',"
            " 'unsuppressed', 'comment', 'feedback', 'new_normal')",
            name=op.f("ck_alarm_journal_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["alarm_id"], ["anomaly.alarms.id"], name=op.f("fk_alarm_journal_alarm_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_journal")),
        schema="anomaly",
    )  # fmt: skip
    for name, columns, where in (
        ("ix_alarm_journal_alarm_id_id", ["alarm_id", "id"], None),
        ("ix_alarm_journal_kind_event_at", ["kind", "event_at"], None),
        ("ix_alarm_journal_site_raised", ["site_id", "event_at"], sa.text("kind = 'raised'")),
    ):
        op.create_index(name, "alarm_journal", columns, schema="anomaly", postgresql_where=where)
    grant("anomaly", "alarm_journal", "SELECT, INSERT")


def downgrade() -> None:
    op.drop_table("alarm_journal", schema="anomaly")
    op.drop_table("suppressions", schema="anomaly")
    for name in ("suppression", "suppressed_by_something", "verdict", "heard"):
        op.drop_constraint(op.f(f"ck_alarms_{name}"), "alarms", schema="anomaly")
    op.drop_index("ix_alarms_not_normal", table_name="alarms", schema="anomaly")
    for name in (
        "verdict", "suppression_id", "suppression", "unheard_at", "owed", "heard", "site_id",
    ):  # fmt: skip
        op.drop_column("alarms", name, schema="anomaly")
