"""Entries that came from one source for one reason, together."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from ingest.models import QuarantineEntry
from ingest.quarantine.repository import QuarantineFilter, matching
from kernel.errors import InvalidInput
from kernel.paging import PageRequest, Slice


@dataclass(frozen=True)
class QuarantineGroup:
    """Entries of one source and reason.

    Attributes:
        agent_id: the gateway they came from; None when it is none.
        entries: how many.
        occurrences: how often they came; the same message again counts.
        newest_id: of the newest entry; with it as `QuarantineFilter.up_to`, later ones are left alone.
        detail: of the newest entry.
    """

    reason: str
    source: str
    agent_id: str | None
    entries: int
    readings: int
    occurrences: int
    size_bytes: int
    first_seen_at: datetime
    last_seen_at: datetime
    newest_id: str
    detail: str


def groups(
    session: Session, agent_ids: Collection[str] | None, wanted: QuarantineFilter, page: PageRequest
) -> Slice[QuarantineGroup]:
    """Return the groups of entries that match, the one that grew last first; see `repository.entries`.

    Raises:
        InvalidInput: a cursor of another list.
    """
    entry = QuarantineEntry
    last, newest = func.max(entry.last_seen_at), func.max(entry.id)
    query = (
        select(
            entry.reason,
            entry.source,
            func.max(entry.agent_id),
            func.count(),
            func.sum(entry.readings),
            func.sum(entry.occurrences),
            func.sum(entry.size_bytes),
            func.min(entry.first_seen_at),
            last,
            newest,
        )
        .where(*matching(agent_ids, wanted))
        .group_by(entry.reason, entry.source)
        .order_by(last.desc(), newest.desc())
        .limit(page.limit + 1)
    )
    if page.after is not None:
        at, last_id = _moment(page.after), (*page.after, "")[1]
        query = query.having(or_(last < at, and_(last == at, newest < last_id)))
    found = Slice.cut(
        session.execute(query).all(), page.limit, lambda row: (row[8].isoformat(), row[9])
    )
    rows = session.execute(
        select(entry.id, entry.detail).where(entry.id.in_([row[9] for row in found.items]))
    )
    details = {entry_id: detail for entry_id, detail in rows}  # noqa: C416
    return found.map(lambda row: _group(row, details[row[9]]))


def _group(row: Any, detail: str) -> QuarantineGroup:
    reason, source, agent_id, entries, readings, occurrences, size, first, last, newest = row
    return QuarantineGroup(
        reason,
        source,
        agent_id,
        entries,
        int(readings),
        int(occurrences),
        int(size),
        first,
        last,
        newest,
        detail,
    )


def _moment(key: tuple[str, ...]) -> datetime:
    try:
        return datetime.fromisoformat(key[0])
    except ValueError:
        raise InvalidInput("the cursor is another list's") from None
