"""Every query about redundant sensors."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from anomaly.redundancy.models import RedundantSensors, SensorComparison
from anomaly.redundancy.watch import Comparison


def of_assets(session: Session, asset_ids: Collection[str]) -> Sequence[RedundantSensors]:
    return session.scalars(
        select(RedundantSensors)
        .where(RedundantSensors.asset_id.in_(asset_ids))
        .execution_options(populate_existing=True)
    ).all()


def locked(session: Session, asset_id: str) -> RedundantSensors | None:
    return session.get(RedundantSensors, asset_id, with_for_update=True, populate_existing=True)


def comparisons(session: Session, series_ids: Collection[int]) -> Sequence[SensorComparison]:
    return session.scalars(
        select(SensorComparison).where(SensorComparison.first.in_(series_ids))
    ).all()


def put_comparisons(session: Session, found: Iterable[Comparison], now: datetime) -> None:
    """Write how pairs stand, in place of what was written of them before."""
    rows = [asdict(one) | {"updated_at": now} for one in found]
    if not rows:
        return
    statement = insert(SensorComparison).values(rows)
    changed = {
        name: statement.excluded[name] for name in rows[0] if name not in ("first", "second")
    }
    session.execute(
        statement.on_conflict_do_update(index_elements=["first", "second"], set_=changed)
    )
