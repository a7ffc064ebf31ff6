"""Queries for the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.paging import PageRequest
from registry.models import AuditEntry


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are wanted; None means no matter. `since` is inclusive, `until` is not."""

    object_kind: str | None = None
    object_id: str | None = None
    actor_id: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def entries(
    session: Session, scope: frozenset[str] | None, wanted: AuditFilter, page: PageRequest
) -> Sequence[AuditEntry]:
    """One row more than the page holds, newest first."""
    query = select(AuditEntry)
    if scope is not None:
        query = query.where(AuditEntry.organisation_id.in_(scope))
    for column, value in (
        (AuditEntry.object_kind, wanted.object_kind),
        (AuditEntry.object_id, wanted.object_id),
        (AuditEntry.actor_id, wanted.actor_id),
        (AuditEntry.action, wanted.action),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(AuditEntry.recorded_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.recorded_at < wanted.until)
    before = page.after_id()
    if before is not None:
        query = query.where(AuditEntry.id < int(before))
    return session.scalars(query.order_by(AuditEntry.id.desc()).limit(page.limit + 1)).all()
