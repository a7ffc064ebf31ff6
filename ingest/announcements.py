"""Schemas and statuses: small and rare messages, each a transaction of its own.

What a gateway announces is bounded: so many tags in a schema, and so many new tags within a day. A gateway
that makes up names without end is refused and gets an alarm; others notice nothing.
"""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from ingest import mapping, repository, rules
from ingest.admission import Admitted, Rejected
from ingest.health import service as health
from ingest.mapping import TagMap
from ingest.repository import AgentReport
from ingest.settings import Ingest
from kernel.wire.messages import Schema, Status

_BUDGET_SPAN: Final = timedelta(days=1)


def receive_schema(
    session: Session, admitted: Admitted[Schema], settings: Ingest, at: datetime
) -> TagMap | Rejected:
    """Record a schema and map its tags, or refuse it."""
    schema, gateway = admitted.content, admitted.gateway
    tags, limit = len(schema.tags), settings.tags_max
    rows = [mapping.tag_row(tag) for tag in schema.tags]
    reason, detail = "", ""
    if tags > limit:
        reason, detail = rules.TOO_MANY_TAGS, f"{tags} tags; at most {limit} are allowed"
    elif not repository.schema_is_known(session, gateway.id, schema.hash):
        limit = settings.new_tags_per_day_max
        before = repository.tags_announced_since(session, gateway.id, at - _BUDGET_SPAN)
        tags = before + repository.tags_that_count(session, gateway.id, rows)
        if tags > limit:
            reason = rules.SERIES_BUDGET
            detail = f"{before} new tags were announced within a day; with these more than {limit}"
    if not reason:
        health.clear_alarm(session, gateway, "series_budget", at)
        return mapping.announce(session, gateway, schema.hash, schema.tags)
    health.raise_alarm(session, gateway, "series_budget", {"tags": tags, "limit": limit}, at)
    return Rejected(gateway.id, gateway.id, reason, detail, admitted.payload, admitted.digest)


def note_status(
    session: Session, admitted: Admitted[Status], settings: Ingest, at: datetime
) -> None:
    """Write down what an agent says of itself, and look at its clock."""
    report = _report(admitted.content)
    assert report.clock_offset_ms is not None
    limit_ms = round(settings.clock_offset_seconds_max * 1000)
    offset, window = health.note_clock(
        session, admitted.gateway, report.clock_offset_ms, at, limit_ms
    )
    repository.put_report(session, replace(report, clock_offset_ms=offset), at, window)


def _report(status: Status) -> AgentReport:
    return AgentReport(
        agent_id=status.agent,
        epoch=status.epoch,
        taken=status.taken,
        buffered=status.buffered,
        dropped=status.dropped,
        clock_offset_ms=round(status.clock_us / 1000 - time.time() * 1000),
        version=status.version,
        sources=[_plain(source) for source in status.sources],
    )


def _plain(value: Any) -> Any:
    """Return a value that PostgreSQL takes as JSON: no bytes, no NUL, no NaN."""
    if isinstance(value, dict):
        return {str(_plain(k)): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return value.replace("\0", "")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None
    return str(value)
