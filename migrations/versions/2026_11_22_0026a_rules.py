"""Rules "while X stands, suppress Y", of machines and of product models."""

import sqlalchemy as sa
from alembic import op

revision = "0026a"
down_revision = "0024f"
branch_labels = None
depends_on = None

_TEXTS = ("product_model_id", "parent_series", "parent_category")
_CHECKS = {
    "one_place": "num_nonnulls(asset_id, site_id, product_model_id) = 1",
    "whose_it_is": "(product_model_id IS NULL) = (organisation_id IS NOT NULL)",
    "model": "product_model_id IS NULL OR (kind = 'parent' AND parent_asset_id IS NULL)",
    "parent": "(kind = 'parent') = (num_nonnulls(parent_asset_id, parent_series) > 0)",
    "parent_category": "parent_category IN ('machine', 'sensor')",
    "series": "num_nonnulls(series_ids, series_names) < 2",
}
_BEFORE = {
    "one_place": "num_nonnulls(asset_id, site_id) = 1",
    "parent": "(kind = 'parent') = (parent_asset_id IS NOT NULL)",
}


def _replace(dropped: dict[str, str], made: dict[str, str]) -> None:
    for name in dropped:
        op.drop_constraint(
            op.f(f"ck_suppressions_{name}"), "suppressions", schema="anomaly", type_="check"
        )
    for name, condition in made.items():
        op.create_check_constraint(
            op.f(f"ck_suppressions_{name}"), "suppressions", sa.text(condition), schema="anomaly"
        )


def upgrade() -> None:
    for name in _TEXTS:
        op.add_column("suppressions", sa.Column(name, sa.Text(), nullable=True), schema="anomaly")
    op.add_column(
        "suppressions",
        sa.Column("series_names", sa.ARRAY(sa.Text()), nullable=True),
        schema="anomaly",
    )
    op.alter_column("suppressions", "organisation_id", nullable=True, schema="anomaly")
    op.create_foreign_key(
        op.f("fk_suppressions_product_model_id"), "suppressions", "product_models",
        ["product_model_id"], ["id"], source_schema="anomaly", referent_schema="registry",
    )  # fmt: skip
    op.create_index(
        op.f("ix_suppressions_product_model_id"),
        "suppressions",
        ["product_model_id"],
        schema="anomaly",
    )
    # What parents hid until now was by their machine alarms.
    op.execute("UPDATE anomaly.suppressions SET parent_category = 'machine' WHERE kind = 'parent'")
    _replace(_BEFORE, _CHECKS)


def downgrade() -> None:
    # They cannot be said without these columns; what they hid is settled anew by the next round.
    op.execute("DELETE FROM anomaly.suppressions WHERE kind = 'parent' AND parent_asset_id IS NULL")
    _replace(_CHECKS, _BEFORE)
    op.alter_column("suppressions", "organisation_id", nullable=False, schema="anomaly")
    for name in ("series_names", *reversed(_TEXTS)):
        op.drop_column("suppressions", name, schema="anomaly")
