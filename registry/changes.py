"""Changing a versioned row: the version checked, the difference audited."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.errors import StaleVersion
from registry import audit
from registry.permissions import Principal


def require_version(row: Any, expected_version: int | None) -> None:
    """Refuse when the row is not the one that was read.

    Raises:
        StaleVersion: `expected_version` is given and is not the row's.
    """
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(
            f"version {expected_version} was sent, the present one is {row.version}",
            expected_version=expected_version,
            version=row.version,
        )


def plain(value: Any) -> Any:
    """Return a column's value as the audit trail keeps it."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def change(
    session: Session,
    actor: Principal,
    row: Any,
    values: Mapping[str, Any],
    *,
    kind: str,
    organisation_id: str | None,
    expected_version: int | None,
    action: str | None = None,
) -> bool:
    """Set `values` on a row that has `id` and `version`; tell whether anything differed.

    Raises:
        StaleVersion: it is not the version that was read, or somebody was faster.
    """
    require_version(row, expected_version)
    changes = {
        name: [plain(getattr(row, name)), plain(value)]
        for name, value in values.items()
        if getattr(row, name) != value
    }
    if not changes:
        return False
    for name in changes:
        setattr(row, name, values[name])
    session.flush()
    audit.record(
        session,
        actor,
        action or f"{kind}.update",
        kind,
        row.id,
        organisation_id=organisation_id,
        changes=changes,
    )
    return True
