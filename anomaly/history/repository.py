"""Every query of `anomaly.history`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from anomaly.history.models import Backtest, BacktestAlarm, BacktestAsset, BacktestCheckpoint
from anomaly.history.rules import UNDER_WAY
from anomaly.models import Alarm
from kernel.paging import PageRequest


def backtest(session: Session, backtest_id: str, *, lock: bool = False) -> Backtest | None:
    query = select(Backtest).where(Backtest.id == backtest_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def page(
    session: Session, scope: Collection[str] | None, asset_id: str | None, wanted: PageRequest
) -> Sequence[Backtest]:
    """Return backtests of organisations, the newest first, one more than the page holds."""
    query = select(Backtest)
    if scope is not None:
        query = query.where(Backtest.organisation_id.in_(scope))
    if asset_id is not None:
        query = query.where(_of_asset(asset_id))
    after_id = wanted.after_id()
    if after_id is not None:
        query = query.where(Backtest.id < after_id)
    return session.scalars(query.order_by(Backtest.id.desc()).limit(wanted.limit + 1)).all()


def _of_asset(asset_id: str) -> ColumnElement[bool]:
    return Backtest.id.in_(
        select(BacktestAsset.backtest_id).where(BacktestAsset.asset_id == asset_id)
    )


def lock_organisation(session: Session, organisation_id: str) -> None:
    """Let one request at a time count an organisation's backtests and add one."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"anomaly.backtests {organisation_id}"},
    )


def counts(session: Session, organisation_id: str) -> tuple[int, int]:
    """Return how many an organisation has, and how many of them are under way."""
    row = session.execute(
        select(func.count(), func.count().filter(Backtest.state.in_(UNDER_WAY))).where(
            Backtest.organisation_id == organisation_id
        )
    ).one()
    return int(row[0]), int(row[1])


def lost(session: Session, now: datetime) -> Sequence[Backtest]:
    """Return, locked, those under way of which there is no sign, but for those somebody else looks at."""
    return session.scalars(
        select(Backtest)
        .where(
            Backtest.state.in_(UNDER_WAY),
            or_(Backtest.leased_until.is_(None), Backtest.leased_until < now),
        )
        .with_for_update(skip_locked=True)
    ).all()


def remove(session: Session, backtest_id: str) -> None:
    session.execute(delete(Backtest).where(Backtest.id == backtest_id))


# --- machines ----------------------------------------------------------------------------------------


def assets(session: Session, backtest_ids: Collection[str]) -> Sequence[BacktestAsset]:
    return session.scalars(
        select(BacktestAsset)
        .where(BacktestAsset.backtest_id.in_(backtest_ids))
        .order_by(BacktestAsset.backtest_id, BacktestAsset.place)
        .execution_options(populate_existing=True)
    ).all()


# --- alarms ------------------------------------------------------------------------------------------


def put_alarms(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    given = [dict(row) for row in rows]
    if not given:
        return
    statement = insert(BacktestAlarm).values(given)
    changed = {
        name: statement.excluded[name]
        for name in given[0]
        if name not in ("backtest_id", "number", "asset_id", "category", "onset_at")
    }
    session.execute(
        statement.on_conflict_do_update(index_elements=["backtest_id", "number"], set_=changed)
    )


def alarms(
    session: Session, backtest_id: str, asset_id: str | None, wanted: PageRequest
) -> Sequence[BacktestAlarm]:
    """Return alarms in the order they began machine after machine, one more than the page holds."""
    query = select(BacktestAlarm).where(BacktestAlarm.backtest_id == backtest_id)
    if asset_id is not None:
        query = query.where(BacktestAlarm.asset_id == asset_id)
    after = wanted.after_number()
    if after is not None:
        query = query.where(BacktestAlarm.number > after)
    return session.scalars(query.order_by(BacktestAlarm.number).limit(wanted.limit + 1)).all()


def kept(session: Session, backtest_ids: Collection[str]) -> dict[str, int]:
    """Return how many alarms are kept of each backtest that has some."""
    rows = session.execute(
        select(BacktestAlarm.backtest_id, func.count())
        .where(BacktestAlarm.backtest_id.in_(backtest_ids))
        .group_by(BacktestAlarm.backtest_id)
    )
    return {row[0]: row[1] for row in rows}


def all_alarms(session: Session, backtest_id: str) -> Sequence[BacktestAlarm]:
    """Return every alarm that was kept; they are bounded."""
    return session.scalars(
        select(BacktestAlarm)
        .where(BacktestAlarm.backtest_id == backtest_id)
        .order_by(BacktestAlarm.number)
    ).all()


def raised_alarms(
    session: Session, asset_ids: Collection[str], start: datetime, end: datetime, limit: int
) -> Sequence[Alarm]:
    """Return the alarms of machines that were raised and lasted in a span, the oldest first."""
    return session.scalars(
        select(Alarm)
        .where(
            Alarm.asset_id.in_(asset_ids),
            Alarm.onset_at < end,
            or_(Alarm.returned_at.is_(None), Alarm.returned_at > start),
        )
        .order_by(Alarm.onset_at, Alarm.id)
        .limit(limit)
    ).all()


# --- where it is -------------------------------------------------------------------------------------


def checkpoint(session: Session, backtest_id: str) -> bytes | None:
    return session.scalar(
        select(BacktestCheckpoint.models).where(BacktestCheckpoint.backtest_id == backtest_id)
    )


def put_checkpoint(session: Session, backtest_id: str, models: bytes) -> None:
    session.execute(
        insert(BacktestCheckpoint)
        .values(backtest_id=backtest_id, models=models)
        .on_conflict_do_update(index_elements=["backtest_id"], set_={"models": models})
    )


def remove_checkpoint(session: Session, backtest_id: str) -> None:
    session.execute(delete(BacktestCheckpoint).where(BacktestCheckpoint.backtest_id == backtest_id))
