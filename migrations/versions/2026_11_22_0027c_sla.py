"""Promised times: calendars, policies, clocks and deadlines, with what is shipped."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0027c"
down_revision = "0031b"
branch_labels = None
depends_on = None

_SCHEMA = "work_orders"
_ALWAYS, _OFFICE = "slc_always", "slc_office"


def _tables() -> None:
    op.create_table(
        "sla_calendars",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("subdivision", sa.Text(), nullable=True),
        sa.Column("windows", postgresql.JSONB(), nullable=False),
        sa.Column("exceptions", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_calendars")),
        schema=_SCHEMA,
    )
    op.create_index(
        "uq_sla_calendars_name", "sla_calendars", ["name"], unique=True, schema=_SCHEMA,
        postgresql_where=sa.text("archived_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "sla_policies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_sla_policies_position")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policies")),
        schema=_SCHEMA,
    )
    op.create_index(
        "uq_sla_policies_position", "sla_policies", ["position"], unique=True, schema=_SCHEMA,
        postgresql_where=sa.text("archived_at IS NULL"),
    )  # fmt: skip


def _clock_tables() -> None:
    op.create_table(
        "sla_subjects",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("history", postgresql.JSONB(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=True),
        sa.Column("open", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("stale", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["registry.organisations.id"],
            name=op.f("fk_sla_subjects_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["work_orders.sla_policies.id"], name=op.f("fk_sla_subjects_policy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_subjects")),
        schema=_SCHEMA,
    )
    for column in ("stale", "open"):
        op.create_index(
            f"ix_sla_subjects_{column}", "sla_subjects", ["id"], schema=_SCHEMA,
            postgresql_where=sa.text(column),
        )  # fmt: skip
    op.create_table(
        "sla_deadlines",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recipients", postgresql.JSONB(), nullable=False),
        sa.Column("channels", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.CheckConstraint(
            "step IN ('warn', 'breach', 'escalate')", name=op.f("ck_sla_deadlines_step")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["work_orders.sla_subjects.id"],
            name=op.f("fk_sla_deadlines_subject_id"),
        ),
        sa.PrimaryKeyConstraint("subject_id", "key", name=op.f("pk_sla_deadlines")),
        schema=_SCHEMA,
    )
    op.create_index(
        "ix_sla_deadlines_due_at", "sla_deadlines", ["due_at"], schema=_SCHEMA,
        postgresql_where=sa.text("fired_at IS NULL AND due_at IS NOT NULL"),
    )  # fmt: skip


def _windows(days: range, *spans: tuple[int, int]) -> list[dict[str, object]]:
    return [
        {"weekday": day, "span": {"starts": starts, "ends": ends}}
        for day in days
        for starts, ends in spans
    ]


def _ship_calendars() -> None:
    calendars = sa.table(
        "sla_calendars",
        *(sa.column(name) for name in ("id", "name", "zone", "country")),
        sa.column("windows", postgresql.JSONB()),
        schema=_SCHEMA,
    )
    op.bulk_insert(
        calendars,
        [
            {"id": _ALWAYS, "name": "Round the clock", "zone": "UTC", "country": None,
             "windows": _windows(range(7), (0, 1440))},
            {"id": _OFFICE, "name": "Office hours, China", "zone": "Asia/Shanghai",
             "country": "CN", "windows": _windows(range(5), (540, 720), (780, 1080))},
        ],
    )  # fmt: skip


def _terms(
    match: dict[str, list[str]],
    response: int | None,
    resolution: int,
    calendar: str = _ALWAYS,
    lead: str = "desk_lead",
) -> dict[str, object]:
    """Return a policy's terms; minutes, first response and resolution."""
    targets = {"resolution": {"minutes": resolution, "calendar_id": calendar}}
    nobody: dict[str, list[str]] = {"user_ids": [], "roles": []}
    leads = {"user_ids": [], "roles": [lead]}
    escalations = []
    if response is not None:
        for target in ("first_response", "next_response"):
            targets[target] = {"minutes": response, "calendar_id": calendar}
        # R14: four hours unhandled, and the desk's lead gets a text message.
        escalations.append(
            {"target": "first_response", "level": 1, "recipients": leads, "share": None,
             "minutes": 240, "channels": ["sms"]}
        )  # fmt: skip
    escalations.append(
        {"target": "resolution", "level": 2, "recipients": {"user_ids": [], "roles": ["admin"]},
         "share": 1.5, "minutes": None, "channels": []}
    )  # fmt: skip
    conditions = ("tiers", "categories", "priorities", "kinds", "asset_ids", "model_ids")
    return {
        "match": {each: match.get(each, []) for each in conditions},
        "targets": targets,
        "warn_shares": [0.5, 0.8],
        "warned": nobody if response is not None else leads,
        "breached": leads,
        "escalations": escalations,
        "pausing_reasons": ["waiting_for_customer", "waiting_for_access"],
    }


def _ship_policies() -> None:
    shipped = (
        ("P0", _terms({"priorities": ["P0"]}, 15, 2 * 60)),
        ("P1", _terms({"priorities": ["P1"]}, 60, 24 * 60)),
        ("Logistics", _terms({"categories": ["logistics"]}, 2 * 60, 24 * 60)),
        ("Major (P2)", _terms({"priorities": ["P2"]}, 2 * 60, 72 * 60)),
        ("Ordinary (P3)", _terms({"priorities": ["P3"]}, 24 * 60, 7 * 24 * 60)),
        ("Warranty claims", _terms({"kinds": ["claim"]}, None, 3 * 8 * 60, _OFFICE,
                                   "claims_adjudicator")),
    )  # fmt: skip
    policies = sa.table(
        "sla_policies",
        *(sa.column(name) for name in ("id", "name", "position")),
        sa.column("terms", postgresql.JSONB()),
        schema=_SCHEMA,
    )
    op.bulk_insert(
        policies,
        [
            {"id": f"slp_shipped_{place}", "name": name, "position": place * 10, "terms": terms}
            for place, (name, terms) in enumerate(shipped, 1)
        ],
    )


# Tickets that were open before there were clocks: theirs begin where the ticket did. What held them before
# is not known any more; what holds them now goes on.
_TAKE_OPEN = """
INSERT INTO work_orders.sla_subjects (id, kind, number, organisation_id, facts, history, stale)
SELECT id, 'ticket', number, organisation_id,
       jsonb_build_object('kind', kind, 'priority', priority),
       jsonb_build_object(
           'started_at', created_at,
           'first_response_at',
           CASE WHEN stage IN ('in_progress', 'on_hold', 'awaiting_confirmation') THEN stage_since END,
           'standstills',
           CASE WHEN stage = 'on_hold' THEN
                    jsonb_build_array(jsonb_build_object('why', hold_reason, 'starts', stage_since))
                WHEN stage = 'awaiting_confirmation' THEN
                    jsonb_build_array(jsonb_build_object('why', stage, 'starts', stage_since))
                ELSE '[]'::jsonb END),
       true
FROM work_orders.tickets WHERE closed_at IS NULL
"""


def upgrade() -> None:
    _tables()
    _clock_tables()
    _ship_calendars()
    _ship_policies()
    op.execute(_TAKE_OPEN)
    grant(_SCHEMA, "sla_calendars", "SELECT, INSERT, UPDATE")
    grant(_SCHEMA, "sla_policies", "SELECT, INSERT, UPDATE")
    grant(_SCHEMA, "sla_subjects", "SELECT, INSERT, UPDATE")
    grant(_SCHEMA, "sla_deadlines", "SELECT, INSERT, UPDATE, DELETE")
    op.execute(
        "INSERT INTO registry.role_permissions (role, permission) "
        "SELECT name, 'sla.manage' FROM registry.roles WHERE name IN ('admin', 'desk_lead') "
        "ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    op.execute("DELETE FROM registry.role_permissions WHERE permission = 'sla.manage'")
    for table in ("sla_deadlines", "sla_subjects", "sla_policies", "sla_calendars"):
        op.drop_table(table, schema=_SCHEMA)
