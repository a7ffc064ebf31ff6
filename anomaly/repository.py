"""Every query of the package."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from anomaly.models import Alarm, Baseline, Cursor, DeviationRow, Shard, Snapshot
from anomaly.rules import AlarmState, IsaState, SuppressionKind, isa_state
from anomaly.sources import LaneKey

# --- what scoring remembers --------------------------------------------------------------------------

# As columns: a statement with a thousand rows of parameters takes longer to compile than to execute.
_PUT_BASELINES = text(
    "INSERT INTO anomaly.baselines (series_id, detector, learnt, low, high, updated_at) "
    "SELECT * FROM unnest(CAST(:series_id AS int4[]), CAST(:detector AS text[]), CAST(:learnt AS int8[]), "
    "CAST(:low AS float8[]), CAST(:high AS float8[]), CAST(:updated_at AS timestamptz[])) "
    "ON CONFLICT (series_id) DO UPDATE SET detector = excluded.detector, learnt = excluded.learnt, "
    "low = excluded.low, high = excluded.high, updated_at = excluded.updated_at"
)


def lock_shard(session: Session, shard: int) -> Shard | None:
    """Return the shard's row locked, or None where another worker holds it."""
    session.execute(insert(Shard).values(shard=shard).on_conflict_do_nothing())
    return session.scalars(
        select(Shard).where(Shard.shard == shard).with_for_update(skip_locked=True)
    ).one_or_none()


def cursors(session: Session, agent_ids: Iterable[str] | None = None) -> dict[LaneKey, int]:
    query = select(Cursor)
    if agent_ids is not None:
        query = query.where(Cursor.agent_id.in_(list(agent_ids)))
    return {
        LaneKey(row.agent_id, row.epoch, row.lane): row.next_seq for row in session.scalars(query)
    }


def put_cursors(session: Session, moved: Mapping[LaneKey, int]) -> None:
    if not moved:
        return
    statement = insert(Cursor).values(
        [
            {"agent_id": key.agent_id, "epoch": key.epoch, "lane": key.lane, "next_seq": seq}
            for key, seq in sorted(moved.items())
        ]
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["agent_id", "epoch", "lane"],
            set_={"next_seq": statement.excluded.next_seq},
        )
    )


def snapshot(session: Session, agent_id: str) -> Snapshot | None:
    return session.get(Snapshot, agent_id, populate_existing=True)


def snapshot_positions(session: Session) -> dict[str, list[dict[str, Any]]]:
    rows = session.execute(select(Snapshot.agent_id, Snapshot.positions))
    return {row.agent_id: row.positions for row in rows}


def put_snapshot(session: Session, values: dict[str, Any]) -> None:
    changed = {key: value for key, value in values.items() if key != "agent_id"}
    session.execute(
        insert(Snapshot)
        .values(**values)
        .on_conflict_do_update(index_elements=["agent_id"], set_=changed)
    )


def put_baselines(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    names = ("series_id", "detector", "learnt", "low", "high", "updated_at")
    session.execute(_PUT_BASELINES, {name: [row[name] for row in rows] for name in names})


def baseline(session: Session, series_id: int) -> Baseline | None:
    return session.get(Baseline, series_id)


def baselines(session: Session, series_ids: Sequence[int]) -> dict[int, Baseline]:
    rows = session.scalars(select(Baseline).where(Baseline.series_id.in_(series_ids)))
    return {row.series_id: row for row in rows}


# --- alarms and their deviations ---------------------------------------------------------------------


@dataclass(frozen=True)
class AlarmFilter:
    """Which alarms to list; None leaves a question open."""

    organisation_ids: frozenset[str] | None = None
    asset_id: str | None = None
    states: tuple[str, ...] | None = None
    severity: str | None = None
    category: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    returned_since: datetime | None = None
    historical: bool | None = None
    suppressed: bool | None = None
    isa_states: tuple[str, ...] | None = None
    site_id: str | None = None
    verdict: str | None = None
    failure_mode: str | None = None


def _filtered(wanted: AlarmFilter) -> Select[Alarm]:
    query = select(Alarm)
    if wanted.organisation_ids is not None:
        query = query.where(Alarm.organisation_id.in_(wanted.organisation_ids))
    if wanted.asset_id is not None:
        query = query.where(Alarm.asset_id == wanted.asset_id)
    if wanted.states is not None:
        query = query.where(Alarm.state.in_(wanted.states))
    if wanted.severity is not None:
        query = query.where(Alarm.severity == wanted.severity)
    if wanted.category is not None:
        query = query.where(Alarm.category == wanted.category)
    if wanted.historical is not None:
        query = query.where(Alarm.historical == wanted.historical)
    if wanted.suppressed is not None:
        query = query.where(Alarm.suppression.is_not(None) == wanted.suppressed)
    if wanted.isa_states is not None:
        query = query.where(or_(*(_shown_as(IsaState(each)) for each in wanted.isa_states)))
    return _by_equal(_in_span(query, wanted), wanted)


def _in_span(query: Select[Alarm], wanted: AlarmFilter) -> Select[Alarm]:
    if wanted.since is not None:
        query = query.where(Alarm.onset_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Alarm.onset_at < wanted.until)
    if wanted.returned_since is not None:
        query = query.where(
            or_(Alarm.returned_at.is_(None), Alarm.returned_at >= wanted.returned_since)
        )
    return query


def _by_equal(query: Select[Alarm], wanted: AlarmFilter) -> Select[Alarm]:
    for column, value in (
        (Alarm.site_id, wanted.site_id),
        (Alarm.verdict, wanted.verdict),
        (Alarm.failure_mode, wanted.failure_mode),
    ):
        if value is not None:
            query = query.where(column == value)
    return query


def _shown_as(state: IsaState) -> ColumnElement[bool]:
    """Return the condition under which an alarm is shown in a state: `rules.isa_state`, in SQL."""
    shown = [
        and_(
            Alarm.state == own.value,
            Alarm.suppression.is_(None) if hidden is None else Alarm.suppression == hidden.value,
        )
        for own in AlarmState
        for hidden in (None, *SuppressionKind)
        if isa_state(own, hidden) is state
    ]
    return or_(*shown)


def list_alarms(
    session: Session, wanted: AlarmFilter, before_id: str | None, limit: int
) -> Sequence[Alarm]:
    query = _filtered(wanted)
    if before_id is not None:
        query = query.where(Alarm.id < before_id)
    return session.scalars(query.order_by(Alarm.id.desc()).limit(limit)).all()


def alarm(session: Session, alarm_id: str, *, lock: bool = False) -> Alarm | None:
    query = select(Alarm).where(Alarm.id == alarm_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def open_alarm(session: Session, asset_id: str, category: str, *, historical: bool) -> Alarm | None:
    return session.scalars(
        select(Alarm)
        .where(
            Alarm.asset_id == asset_id,
            Alarm.category == category,
            Alarm.historical == historical,
            Alarm.returned_at.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def alarm_returned_near(
    session: Session,
    asset_id: str,
    category: str,
    *,
    historical: bool,
    at: datetime,
    within: timedelta,
) -> Alarm | None:
    """Return, locked, the latest alarm that returned to normal shortly before `at`."""
    return session.scalars(
        select(Alarm)
        .where(
            Alarm.asset_id == asset_id,
            Alarm.category == category,
            Alarm.historical == historical,
            Alarm.returned_at.between(at - within, at),
        )
        .order_by(Alarm.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def add_alarm(session: Session, values: dict[str, Any]) -> bool:
    """Insert an alarm; False where one is open already, or this very one was raised before."""
    inserted = session.execute(
        insert(Alarm).values(**values).on_conflict_do_nothing().returning(Alarm.id)
    ).first()
    return inserted is not None


def add_deviation(session: Session, values: dict[str, Any]) -> None:
    session.execute(insert(DeviationRow).values(**values))


def is_known(session: Session, onset: Mapping[str, Any]) -> bool:
    """Tell whether the deviation with that onset has been recorded, open or over."""
    conditions = [getattr(DeviationRow, name) == value for name, value in onset.items()]
    return session.scalars(select(DeviationRow.id).where(*conditions)).first() is not None


def change_deviation(
    session: Session, onset: Mapping[str, Any], values: dict[str, Any]
) -> str | None:
    """Change the open deviation with that onset; return its alarm's id, None where there is none."""
    conditions = [getattr(DeviationRow, name) == value for name, value in onset.items()]
    return session.scalars(
        update(DeviationRow)
        .where(*conditions, DeviationRow.ended_at.is_(None))
        .values(**values)
        .returning(DeviationRow.alarm_id)
    ).one_or_none()


def deviations_of(session: Session, alarm_id: str) -> Sequence[DeviationRow]:
    return session.scalars(
        select(DeviationRow)
        .where(DeviationRow.alarm_id == alarm_id)
        .order_by(DeviationRow.id)
        .execution_options(populate_existing=True)
    ).all()


def open_deviations(session: Session, agent_id: str) -> Sequence[DeviationRow]:
    return session.scalars(
        select(DeviationRow).where(
            DeviationRow.agent_id == agent_id, DeviationRow.ended_at.is_(None)
        )
    ).all()
