"""An alarm for a gateway of which nothing arrives."""

from alembic import op

revision = "0009p"
down_revision = "0009i"
branch_labels = None
depends_on = None

_KINDS = "'clock_offset', 'frames_lost', 'series_budget'"


def _allow(kinds: str) -> None:
    name = op.f("ck_gateway_alarms_kind")
    op.drop_constraint(name, "gateway_alarms", schema="ingest", type_="check")
    op.create_check_constraint(name, "gateway_alarms", f"kind IN ({kinds})", schema="ingest")


def upgrade() -> None:
    _allow(f"{_KINDS}, 'silent'")


def downgrade() -> None:
    op.execute("DELETE FROM ingest.gateway_alarms WHERE kind = 'silent'")
    _allow(_KINDS)
