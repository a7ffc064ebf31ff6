"""Parts, the parts ledger, and what is fitted where."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant, make_schema

revision = "0006a"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_schema("warranty_parts")
    op.create_table(
        "part_families",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_part_families"),
        schema="warranty_parts",
    )
    op.create_table(
        "parts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_key", sa.Text(), nullable=False),
        sa.Column("look_key", sa.Text(), nullable=False),
        sa.Column("family_id", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("serialised", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        sa.CheckConstraint(
            "(unit_price_minor IS NULL) = (currency IS NULL) AND unit_price_minor >= 0",
            name="price",
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["warranty_parts.part_families.id"], name="fk_parts_family_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_parts"),
        sa.UniqueConstraint("number_key", name="uq_parts_number_key"),
        schema="warranty_parts",
    )
    op.create_index("ix_parts_family_id", "parts", ["family_id"], schema="warranty_parts")
    op.create_index("ix_parts_look_key", "parts", ["look_key"], schema="warranty_parts")
    op.create_index(
        "ix_parts_number_key_trgm",
        "parts",
        ["number_key"],
        schema="warranty_parts",
        postgresql_using="gin",
        postgresql_ops={"number_key": "gin_trgm_ops"},
    )
    op.create_table(
        "locations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text()),
        sa.Column("person_id", sa.Text()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.CheckConstraint("(kind = 'asset') = (asset_id IS NOT NULL)", name="asset"),
        sa.CheckConstraint(
            "kind IN ('supplier', 'warehouse', 'van', 'asset', 'customer', 'scrap')",
            name="kind",
        ),
        sa.CheckConstraint("person_id IS NULL OR kind = 'van'", name="person"),
        sa.ForeignKeyConstraint(["asset_id"], ["registry.assets.id"], name="fk_locations_asset_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["registry.organisations.id"],
            name="fk_locations_organisation_id",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["registry.people.id"], name="fk_locations_person_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_locations"),
        sa.UniqueConstraint("asset_id", name="uq_locations_asset_id"),
        sa.UniqueConstraint("id", "kind", name="uq_locations_id_kind"),
        sa.UniqueConstraint("person_id", name="uq_locations_person_id"),
        schema="warranty_parts",
    )
    op.create_index(
        "ix_locations_organisation_id",
        "locations",
        ["organisation_id"],
        schema="warranty_parts",
    )
    op.create_table(
        "movements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("part_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("from_location_id", sa.Text(), nullable=False),
        sa.Column("to_location_id", sa.Text(), nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=False),
        sa.Column("reverses_id", sa.Text()),
        sa.Column("work_order_id", sa.Text()),
        sa.Column("serial_number", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("actor_id", sa.Text()),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("from_location_id <> to_location_id", name="moves"),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.CheckConstraint("reverses_id <> id", name="reverses"),
        sa.ForeignKeyConstraint(
            ["from_location_id"],
            ["warranty_parts.locations.id"],
            name="fk_movements_from_location_id",
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["warranty_parts.parts.id"], name="fk_movements_part_id"
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id", "part_id", "quantity", "to_location_id", "from_location_id"],
            [
                "warranty_parts.movements.id",
                "warranty_parts.movements.part_id",
                "warranty_parts.movements.quantity",
                "warranty_parts.movements.from_location_id",
                "warranty_parts.movements.to_location_id",
            ],
            name="fk_movements_opposite",
        ),
        sa.ForeignKeyConstraint(
            ["to_location_id"],
            ["warranty_parts.locations.id"],
            name="fk_movements_to_location_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_movements"),
        sa.UniqueConstraint(
            "id",
            "part_id",
            "quantity",
            "from_location_id",
            "to_location_id",
            name="uq_movements_whole",
        ),
        sa.UniqueConstraint("reverses_id", name="uq_movements_reverses_id"),
        schema="warranty_parts",
    )
    op.create_index(
        "ix_movements_from_location_id_id",
        "movements",
        ["from_location_id", "id"],
        schema="warranty_parts",
    )
    op.create_index(
        "ix_movements_part_id_id",
        "movements",
        ["part_id", "id"],
        schema="warranty_parts",
    )
    op.create_index(
        "ix_movements_to_location_id_id",
        "movements",
        ["to_location_id", "id"],
        schema="warranty_parts",
    )
    op.create_index(
        "ix_movements_work_order_id",
        "movements",
        ["work_order_id"],
        schema="warranty_parts",
    )
    op.create_table(
        "entries",
        sa.Column(
            "location_id",
            sa.Text(),
            sa.Computed(
                "CASE WHEN side = 'from' THEN from_location_id ELSE to_location_id END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("part_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("movement_id", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("from_location_id", sa.Text(), nullable=False),
        sa.Column("to_location_id", sa.Text(), nullable=False),
        sa.Column(
            "previous_seq",
            sa.BigInteger(),
            sa.Computed("nullif(seq - 1, 0)", persisted=True),
        ),
        sa.Column("balance_before", sa.BigInteger(), nullable=False),
        sa.Column(
            "balance_after",
            sa.BigInteger(),
            sa.Computed(
                "balance_before + CASE WHEN side = 'from' THEN -quantity ELSE quantity END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "balance_after >= 0 OR kind IN ('supplier', 'customer')",
            name="balance",
        ),
        sa.CheckConstraint("side IN ('from', 'to')", name="side"),
        sa.CheckConstraint("seq >= 1 AND (seq > 1 OR balance_before = 0)", name="first"),
        sa.ForeignKeyConstraint(
            ["location_id", "kind"],
            ["warranty_parts.locations.id", "warranty_parts.locations.kind"],
            name="fk_entries_location",
        ),
        sa.ForeignKeyConstraint(
            ["location_id", "part_id", "previous_seq", "balance_before"],
            [
                "warranty_parts.entries.location_id",
                "warranty_parts.entries.part_id",
                "warranty_parts.entries.seq",
                "warranty_parts.entries.balance_after",
            ],
            name="fk_entries_previous",
        ),
        sa.ForeignKeyConstraint(
            ["movement_id", "part_id", "quantity", "from_location_id", "to_location_id"],
            [
                "warranty_parts.movements.id",
                "warranty_parts.movements.part_id",
                "warranty_parts.movements.quantity",
                "warranty_parts.movements.from_location_id",
                "warranty_parts.movements.to_location_id",
            ],
            name="fk_entries_movement",
        ),
        sa.PrimaryKeyConstraint("location_id", "part_id", "seq", name="pk_entries"),
        sa.UniqueConstraint(
            "location_id", "part_id", "seq", "balance_after", name="uq_entries_after"
        ),
        sa.UniqueConstraint(
            "location_id", "part_id", "seq", "movement_id", name="uq_entries_movement"
        ),
        sa.UniqueConstraint("movement_id", "side", name="uq_entries_side"),
        schema="warranty_parts",
    )
    op.create_index(
        "ix_entries_part_id",
        "entries",
        ["part_id", "location_id", "seq"],
        schema="warranty_parts",
    )
    for end in ("from", "to"):
        op.create_foreign_key(
            f"fk_movements_{end}_entry",
            "movements",
            "entries",
            [f"{end}_location_id", "part_id", f"{end}_seq", "id"],
            ["location_id", "part_id", "seq", "movement_id"],
            source_schema="warranty_parts",
            referent_schema="warranty_parts",
            deferrable=True,
            initially="DEFERRED",
        )
    op.create_table(
        "fittings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("position_key", sa.Text(), nullable=False),
        sa.Column("part_number", sa.Text()),
        sa.Column("part_id", sa.Text()),
        sa.Column("family_key", sa.Text(), nullable=False),
        sa.Column("serial_number", sa.Text()),
        sa.Column("serial_key", sa.Text()),
        sa.Column("removed_serial", sa.Text()),
        sa.Column("removed_serial_key", sa.Text()),
        sa.Column("quantity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("fitted_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.Text()),
        sa.Column("work_order_id", sa.Text()),
        sa.Column("movement_id", sa.Text()),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("asset_id"), "="),
            (sa.column("position_key"), "="),
            (sa.text("daterange(fitted_on, ended_on, '[)')"), "&&"),
            using="gist",
            name="ex_fittings_position",
        ),
        sa.CheckConstraint("(origin = 'factory') = (replaces_id IS NULL)", name="replaces"),
        sa.CheckConstraint("origin IN ('factory', 'work_order', 'claim')", name="origin"),
        sa.CheckConstraint("ended_on >= fitted_on", name="order"),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.ForeignKeyConstraint(["asset_id"], ["registry.assets.id"], name="fk_fittings_asset_id"),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["warranty_parts.movements.id"], name="fk_fittings_movement_id"
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["warranty_parts.parts.id"], name="fk_fittings_part_id"
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["warranty_parts.fittings.id"], name="fk_fittings_replaces_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_fittings"),
        sa.UniqueConstraint("replaces_id", name="uq_fittings_replaces_id"),
        sa.UniqueConstraint(
            "work_order_id", "asset_id", "position_key", name="uq_fittings_work_order"
        ),
        schema="warranty_parts",
    )
    op.create_index("ix_fittings_part_id", "fittings", ["part_id"], schema="warranty_parts")
    op.create_index(
        "uq_fittings_open",
        "fittings",
        ["asset_id", "position_key"],
        unique=True,
        schema="warranty_parts",
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_index(
        "uq_fittings_serial",
        "fittings",
        ["family_key", "serial_key"],
        unique=True,
        schema="warranty_parts",
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    # The ledger is written once: no right to change or remove a movement or an entry.
    for table in ("part_families", "movements", "entries"):
        grant("warranty_parts", table, "SELECT, INSERT")
    for table in ("parts", "locations"):
        grant("warranty_parts", table, "SELECT, INSERT, UPDATE")
    # What identifies a fitted piece stays as written.
    grant(
        "warranty_parts",
        "fittings",
        "SELECT, INSERT, UPDATE (ended_on, removed_serial, removed_serial_key, movement_id)",
    )


def downgrade() -> None:
    for end in ("from", "to"):
        op.drop_constraint(f"fk_movements_{end}_entry", "movements", schema="warranty_parts")
    for table in (
        "fittings",
        "entries",
        "movements",
        "locations",
        "parts",
        "part_families",
    ):
        op.drop_table(table, schema="warranty_parts")
    op.execute("DROP SCHEMA IF EXISTS warranty_parts")
