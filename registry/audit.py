"""The audit trail: written in the transaction that made the change, never changed afterwards."""

from typing import Any

from sqlalchemy.orm import Session

from registry.models import AuditEntry
from registry.permissions import Principal


def record(
    session: Session,
    actor: Principal,
    action: str,
    object_kind: str,
    object_id: str,
    *,
    organisation_id: str | None = None,
    changes: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Note that `actor` did `action` (such as `work_order.close`) to an object.

    `changes` maps a field to `[before, after]`; never put a secret there.
    """
    session.add(
        AuditEntry(
            actor_id=actor.person_id,
            actor_name=actor.name,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            organisation_id=organisation_id,
            changes=changes or {},
            reason=reason,
        )
    )
