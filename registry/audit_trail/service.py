"""Public verbs on the audit trail."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from kernel.paging import PageRequest, Slice
from registry.assets.service import get_asset
from registry.audit_trail import repository
from registry.audit_trail.repository import AuditFilter
from registry.models import AuditEntry
from registry.permissions import Principal

__all__ = ["AuditFacts", "AuditFilter", "history_of_asset", "list_entries"]


@dataclass(frozen=True)
class AuditFacts:
    """Who did what to which object, when and why; `changes` maps a field to before and after."""

    id: int
    recorded_at: datetime
    actor_id: str | None
    actor_name: str
    action: str
    object_kind: str
    object_id: str
    organisation_id: str | None
    changes: dict[str, Any]
    reason: str | None


def _facts(row: AuditEntry) -> AuditFacts:
    return AuditFacts(
        row.id,
        row.recorded_at,
        row.actor_id,
        row.actor_name,
        row.action,
        row.object_kind,
        row.object_id,
        row.organisation_id,
        row.changes,
        row.reason,
    )


def list_entries(
    session: Session, actor: Principal, wanted: AuditFilter, page: PageRequest
) -> Slice[AuditFacts]:
    """Return entries about organisations in the actor's scope, newest first.

    What belongs to no organisation (roles, product models) is shown to who sees everything.

    Raises:
        Forbidden.
        InvalidInput: the page's key is no number.
    """
    actor.require("audit.read")
    return _entries(session, actor, wanted, page)


def history_of_asset(
    session: Session, actor: Principal, asset_id: str, page: PageRequest
) -> Slice[AuditFacts]:
    """Return what was done to an asset, newest first, as far as it is in the actor's scope.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("assets.read")
    get_asset(session, actor, asset_id)
    wanted = replace(AuditFilter(), object_kind="asset", object_id=asset_id)
    return _entries(session, actor, wanted, page)


def _entries(
    session: Session, actor: Principal, wanted: AuditFilter, page: PageRequest
) -> Slice[AuditFacts]:
    before = page.after_id()
    if before is not None and not (before.isascii() and before.isdigit() and len(before) < 19):  # noqa: PLR2004 - 2^63 has 19 digits
        raise InvalidInput("the cursor is not of this list")
    rows = repository.entries(session, actor.scope, wanted, page)
    return Slice.cut(rows, page.limit, lambda row: (str(row.id),)).map(_facts)
