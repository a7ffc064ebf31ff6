"""Which of the database's own rules a statement broke."""

import psycopg
from sqlalchemy.exc import IntegrityError


def violated(error: IntegrityError) -> str | None:
    """Return the name of the constraint or unique index that was violated, if the server named one."""
    cause = error.orig
    return cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
