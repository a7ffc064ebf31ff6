"""Public verbs on backtests on stored history."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from anomaly.history import repository, rules
from anomaly.history.comparison import Compared, Opened, Raised, Told, compare
from anomaly.history.ending import KIND, end
from anomaly.history.errors import NoSuchBacktest
from anomaly.history.facts import AlarmThere, AssetPart, BacktestFacts, alarm_there, facts_of
from anomaly.history.models import Backtest, BacktestAsset
from anomaly.history.requesting import BacktestDraft, request, require_right
from anomaly.history.rules import State
from kernel.changes import announce
from kernel.clock import utc_now
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.assets import service as assets
from registry.permissions import Principal

__all__ = [
    "AlarmThere",
    "AssetPart",
    "BacktestDraft",
    "BacktestFacts",
    "Comparison",
    "Opened",
    "cancel",
    "comparison",
    "delete",
    "get_backtest",
    "list_alarms",
    "list_backtests",
    "request",
]

# Of what was raised, so much is compared.
RAISED_MAX: Final = 2_000


@dataclass(frozen=True)
class Comparison:
    """What would have been told beside what was.

    Attributes:
        raised, opened: what was, the oldest first, in the order of `compared`.
        raised_cut: there were more alarms than are compared.
    """

    compared: Compared
    raised: tuple[Raised, ...]
    opened: tuple[Opened, ...]
    raised_cut: bool


# --- read --------------------------------------------------------------------------------------------


def list_backtests(
    session: Session, actor: Principal, page: PageRequest, *, asset_id: str | None = None
) -> Slice[BacktestFacts]:
    """Return the backtests of the actor's organisations, the newest first; of one machine, perhaps.

    Raises:
        Forbidden: the actor may not see alarms.
    """
    actor.require("alarms.read")
    rows = repository.page(session, actor.scope, asset_id, page)
    cut = Slice.cut(rows, page.limit, lambda row: (row.id,))
    places = repository.assets(session, [row.id for row in cut.items])
    seen = _in_scope(session, actor, places)
    stored = repository.kept(session, [row.id for row in cut.items])
    parts = {row.id: [each for each in places if each.backtest_id == row.id] for row in cut.items}
    # One without machines was removed since it was found.
    kept = [
        row
        for row in cut.items
        if parts[row.id] and all(each.asset_id in seen for each in parts[row.id])
    ]
    return Slice(
        [facts_of(row, parts[row.id], stored.get(row.id, 0)) for row in kept], cut.next_key
    )


def get_backtest(session: Session, actor: Principal, backtest_id: str) -> BacktestFacts:
    """Return one backtest.

    Raises:
        Forbidden: the actor may not see alarms.
        NoSuchBacktest: it is not there, or of another organisation, or one of its machines is by now.
    """
    return _facts(session, *_seen(session, actor, backtest_id))


def _facts(session: Session, row: Backtest, places: Sequence[BacktestAsset]) -> BacktestFacts:
    return facts_of(row, places, repository.kept(session, [row.id]).get(row.id, 0))


def _in_scope(session: Session, actor: Principal, places: Collection[BacktestAsset]) -> set[str]:
    return assets.asset_ids_in_scope(session, actor, {each.asset_id for each in places})


def _seen(
    session: Session, actor: Principal, backtest_id: str, *, lock: bool = False
) -> tuple[Backtest, Sequence[BacktestAsset]]:
    """Return a backtest and its machines; it may be removed by somebody else between two queries."""
    actor.require("alarms.read")
    row = repository.backtest(session, backtest_id, lock=lock)
    if row is not None and actor.sees(row.organisation_id):
        places = repository.assets(session, [row.id])
        # Machines change hands.
        if places and _in_scope(session, actor, places) == {each.asset_id for each in places}:
            return row, places
    raise NoSuchBacktest(f"no backtest {backtest_id}")


def list_alarms(
    session: Session,
    actor: Principal,
    backtest_id: str,
    page: PageRequest,
    *,
    asset_id: str | None = None,
) -> Slice[AlarmThere]:
    """Return the alarms there would have been, machine after machine in the order they began.

    Raises:
        Forbidden, NoSuchBacktest: see `get_backtest`.
    """
    _seen(session, actor, backtest_id)
    rows = repository.alarms(session, backtest_id, asset_id, page)
    return Slice.cut(rows, page.limit, lambda row: (str(row.number),)).map(alarm_there)


def comparison(
    session: Session, actor: Principal, backtest_id: str, opened: Sequence[Opened] = ()
) -> Comparison:
    """Hold what was found so far against the alarms raised in the span, and the orders `opened` in it.

    Raises:
        Forbidden, NoSuchBacktest: see `get_backtest`.
    """
    row, parts = _seen(session, actor, backtest_id)
    places = {each.asset_id: each for each in parts}
    told = [
        Told(each.number, each.asset_id, each.category, each.onset_at, each.returned_at)
        for each in repository.all_alarms(session, row.id)
    ]
    rows = repository.raised_alarms(
        session, list(places), row.begins_at, row.ends_at, RAISED_MAX + 1
    )
    raised = tuple(
        Raised(
            each.id, each.asset_id, each.category, each.severity, each.onset_at,
            each.returned_at, each.verdict, each.summary,
        )
        for each in rows[:RAISED_MAX]
        # What has not been replayed yet is not missed.
        if each.onset_at < places[each.asset_id].position_at
    )  # fmt: skip
    known = tuple(
        each
        for each in opened
        if each.asset_id in places and row.begins_at <= each.at < places[each.asset_id].position_at
    )
    judged_from = {key: place.judged_from for key, place in places.items()}
    return Comparison(
        compare(told, raised, known, judged_from), raised, known, len(rows) > RAISED_MAX
    )


# --- ended -------------------------------------------------------------------------------------------


def cancel(session: Session, actor: Principal, backtest_id: str) -> BacktestFacts:
    """End a backtest; what it has found so far stays.

    Raises:
        Forbidden, NoSuchBacktest.
        BacktestEnded: it is over already.
    """
    require_right(actor)
    row, places = _seen(session, actor, backtest_id, lock=True)
    rules.require_under_way(State(row.state))
    end(session, row, State.CANCELLED, utc_now())
    session.flush()
    _audit(session, actor, row, "cancel")
    return _facts(session, row, places)


def delete(session: Session, actor: Principal, backtest_id: str) -> None:
    """Remove a backtest with all it has found.

    Raises:
        Forbidden, NoSuchBacktest.
        BacktestUnderWay: cancel it first.
    """
    require_right(actor)
    row, _ = _seen(session, actor, backtest_id, lock=True)
    rules.require_ended(State(row.state))
    _audit(session, actor, row, "delete")
    announce(session, KIND, row.id, row.organisation_id)
    repository.remove(session, row.id)


def _audit(session: Session, actor: Principal, row: Backtest, verb: str) -> None:
    audit.record(
        session, actor, f"backtest.{verb}", KIND, row.id, organisation_id=row.organisation_id
    )
