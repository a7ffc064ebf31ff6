"""Queries for attachments."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.paging import PageRequest
from registry.models import Attachment


def attachment(session: Session, attachment_id: str) -> Attachment | None:
    return session.get(Attachment, attachment_id)


def attachments_of(
    session: Session, object_kind: str, object_id: str, page: PageRequest, *, internal: bool
) -> Sequence[Attachment]:
    """One row more than the page holds, newest first."""
    query = select(Attachment).where(
        Attachment.object_kind == object_kind, Attachment.object_id == object_id
    )
    if not internal:
        query = query.where(Attachment.internal.is_(False))
    before = page.after_id()
    if before is not None:
        query = query.where(Attachment.id < before)
    return session.scalars(query.order_by(Attachment.id.desc()).limit(page.limit + 1)).all()


def is_used(session: Session, sha256: str) -> bool:
    return (
        session.execute(select(Attachment.id).where(Attachment.sha256 == sha256).limit(1)).first()
        is not None
    )


def lock_content(session: Session, sha256: str) -> None:
    """Keep others from adding or removing a content until this transaction ends."""
    session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"attachment {sha256}", 0)))
    )
