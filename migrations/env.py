"""How Alembic reaches the database and what it compares.

The URL and the application's role come from `migrations.run`, never from a file.
"""

from importlib import import_module
from typing import Any

from alembic import context

from kernel.db import Base, engine_for
from migrations.schemas import MODEL_MODULES, SCHEMAS, is_made_at_run_time

for module in MODEL_MODULES:
    import_module(module)


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """Compare only our schemas, and not the partitions that are made as time goes on."""
    if kind == "schema":
        return name in SCHEMAS
    if kind == "table":
        return not is_made_at_run_time(name or "", parents.get("schema_name") or "")
    return True


def main() -> None:
    """Run the revisions that were asked for, each in a transaction."""
    engine = engine_for(context.config.attributes["url"], pool_size=1)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            # A migration that cannot get its lock gives up instead of queueing everybody behind it.
            connection.exec_driver_sql("SET lock_timeout = '5s'")
            connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS kernel")
            connection.commit()
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                include_schemas=True,
                include_name=include_name,
                version_table="alembic_version",
                version_table_schema="kernel",
                compare_type=True,
                transaction_per_migration=True,
            )
            with context.begin_transaction():
                context.run_migrations()
    finally:
        engine.dispose()


main()
