"""Every query about modes."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import and_, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from anomaly.device.loads import ModeChange
from anomaly.modes.models import AssetMode, ModeTag

# A mode lasts until the next one: that which held at the time stays.
_REMOVE: Final = text(
    """
    DELETE FROM anomaly.asset_modes WHERE ctid = ANY (ARRAY(
        SELECT old.ctid FROM anomaly.asset_modes old
        WHERE old.since < :before AND EXISTS (
            SELECT FROM anomaly.asset_modes next
            WHERE next.asset_id = old.asset_id AND next.since > old.since AND next.since <= :before
        )
        LIMIT :rows
    ))
    """
)


def put_changes(session: Session, changes: Iterable[ModeChange]) -> None:
    """Write modes that began; what is written down already stays."""
    rows = [
        {
            "asset_id": change.asset_id,
            "since": datetime.fromtimestamp(change.since_us / 1e6, UTC),
            "mode": change.mode,
        }
        for change in changes
    ]
    if rows:
        session.execute(insert(AssetMode).values(rows).on_conflict_do_nothing())


def mode_at(session: Session, asset_id: str, at: datetime) -> str | None:
    """Return in which mode a machine was, None before it was in any."""
    return session.scalar(
        select(AssetMode.mode)
        .where(AssetMode.asset_id == asset_id, AssetMode.since <= at)
        .order_by(AssetMode.since.desc())
        .limit(1)
    )


def before(session: Session, asset_id: str, at: datetime) -> AssetMode | None:
    return session.scalars(
        select(AssetMode)
        .where(AssetMode.asset_id == asset_id, AssetMode.since <= at)
        .order_by(AssetMode.since.desc())
        .limit(1)
    ).first()


def within(
    session: Session, asset_id: str, start: datetime, end: datetime, limit: int
) -> Sequence[AssetMode]:
    """Return what began in `start < t < end`, the newest first."""
    return session.scalars(
        select(AssetMode)
        .where(AssetMode.asset_id == asset_id, AssetMode.since > start, AssetMode.since < end)
        .order_by(AssetMode.since.desc())
        .limit(limit)
    ).all()


def remove(session: Session, before: datetime, rows: int) -> int:
    """Remove up to `rows` modes that had ended before that; return how many."""
    result = session.execute(_REMOVE, {"before": before, "rows": rows})
    return int(result.rowcount)  # type: ignore[attr-defined] # a DELETE's result has it


def tags(
    session: Session, asset_ids: Collection[str], model_ids: Collection[str]
) -> Sequence[ModeTag]:
    return session.scalars(
        select(ModeTag)
        .where(
            or_(
                and_(ModeTag.applies_to == "asset", ModeTag.target.in_(asset_ids)),
                and_(ModeTag.applies_to == "product_model", ModeTag.target.in_(model_ids)),
            )
        )
        .execution_options(populate_existing=True)
    ).all()


def locked(session: Session, applies_to: str, target: str) -> ModeTag | None:
    return session.get(ModeTag, (applies_to, target), with_for_update=True, populate_existing=True)
