"""What series of an asset were expected to be in a span of time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from anomaly.expectations import repository
from kernel.db import Database
from registry.assets import service as assets
from registry.permissions import Principal
from telemetry import rules
from telemetry import service as telemetry

_REMOVED_AT_ONCE: Final = 50_000


@dataclass
class BandHistory:
    """What was expected of a series; columns of one length, each row holding until the next.

    The first may be of before the span: it held when the span began. `low` and `high` are None where nothing
    was known any more.
    """

    series_id: int
    at: list[datetime] = field(default_factory=list)
    low: list[float | None] = field(default_factory=list)
    high: list[float | None] = field(default_factory=list)


def expected_over(
    session: Session,
    actor: Principal,
    asset_id: str,
    span: tuple[datetime, datetime],
    points_max: int,
) -> Sequence[BandHistory]:
    """Return what was expected of each series of an asset, at most `points_max` changes of each.

    Raises:
        Forbidden: the actor may not read telemetry.
        NotFound: there is no such asset in the actor's scope.
        SpanInvalid: the span does not begin before it ends.
    """
    actor.require("telemetry.read")
    assets.get_asset(session, actor, asset_id)
    start, end = span
    rules.check_span(start, end)
    ids = [series.id for series in telemetry.series_of_asset(session, asset_id)]
    found = {series_id: BandHistory(series_id) for series_id in ids}
    for row in repository.over(session, ids, start, end, (end - start) / points_max):
        history = found[row.series_id]
        history.at.append(row.at)
        history.low.append(row.low)
        history.high.append(row.high)
    return list(found.values())


def remove_old(database: Database, before: datetime) -> int:
    """Remove what was expected before that; return how many rows went, some in each transaction.

    What holds in a span that is kept was written within its day, so that nothing of it is lost.
    """
    gone = 0
    while True:
        with database.transaction() as session:
            removed = repository.remove(session, before, _REMOVED_AT_ONCE)
        gone += removed
        if removed < _REMOVED_AT_ONCE:
            return gone
