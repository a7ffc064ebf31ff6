"""Modes of machines may be removed once nobody asks for them any more."""

from migrations.grants import grant, revoke

revision = "0031b"
down_revision = "0025d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    grant("anomaly", "asset_modes", "DELETE")


def downgrade() -> None:
    revoke("anomaly", "asset_modes", "DELETE")
