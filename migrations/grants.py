"""Rights of the application's role, given table by table as tables are made.

The role that migrates owns everything. The application's role gets only what is named here; where both
are the same role (a database somebody else runs, with one login) there is nothing to give.
"""

from alembic import context, op
from sqlalchemy import text
from sqlalchemy.sql import quoted_name


def _app_role() -> str | None:
    role = context.config.attributes.get("app_role")
    same = op.get_bind().execute(text("SELECT current_user = :role"), {"role": role}).scalar()
    return None if role is None or same else str(role)


def _quote(name: str) -> str:
    return op.get_bind().dialect.identifier_preparer.quote(quoted_name(name, quote=True))


def make_schema(schema: str) -> None:
    """Make a schema that the application may use but not change."""
    op.execute(f"CREATE SCHEMA IF NOT EXISTS {_quote(schema)}")
    role = _app_role()
    if role:
        op.execute(f"GRANT USAGE ON SCHEMA {_quote(schema)} TO {_quote(role)}")


def grant(schema: str, table: str, rights: str) -> None:
    """Give the application's role `rights` (such as `SELECT, INSERT`) on a table."""
    role = _app_role()
    if role:
        op.execute(f"GRANT {rights} ON {_quote(schema)}.{_quote(table)} TO {_quote(role)}")


def revoke(schema: str, table: str, rights: str) -> None:
    """Take rights on a table from the application's role."""
    role = _app_role()
    if role:
        op.execute(f"REVOKE {rights} ON {_quote(schema)}.{_quote(table)} FROM {_quote(role)}")


def grant_usage(schema: str, sequence: str) -> None:
    """Let the application's role draw numbers from a sequence."""
    role = _app_role()
    if role:
        op.execute(f"GRANT USAGE ON SEQUENCE {_quote(schema)}.{_quote(sequence)} TO {_quote(role)}")


def grant_execute(schema: str, function: str) -> None:
    """Let the application's role, and nobody else, call a function, named with its argument types."""
    op.execute(f"REVOKE ALL ON FUNCTION {_quote(schema)}.{function} FROM PUBLIC")
    role = _app_role()
    if role:
        op.execute(f"GRANT EXECUTE ON FUNCTION {_quote(schema)}.{function} TO {_quote(role)}")
