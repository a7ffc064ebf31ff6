"""Backtests: what a detector would have told of stored history, before it is switched on."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query, Response

from anomaly.history import service
from anomaly.history.comparison import Matched
from anomaly.history.facts import BacktestFacts
from api.deps import Actor, Db, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.backtests import (
    BacktestAlarmView,
    BacktestComparison,
    BacktestCreate,
    BacktestView,
)
from kernel.paging import Slice
from registry.names import asset_names
from work_orders import service as work_orders

router = ApiRouter(prefix="/backtests", tags=["detectors"])

READ = requires("alarms.read")
WRITE = requires("assets.write")

ORDERS_MAX = 2_000

OfAsset = Annotated[str | None, Query(max_length=64, description="Of this machine only")]


def _views(session: Db, found: Sequence[BacktestFacts]) -> list[BacktestView]:
    names = asset_names(session, {part.asset_id for each in found for part in each.assets})

    def parts(each: BacktestFacts) -> list[dict[str, Any]]:
        return [
            {
                **vars(part),
                "asset_name": names[part.asset_id].name,
                "asset_serial": names[part.asset_id].serial_number,
            }
            for part in each.assets
        ]

    return [BacktestView.model_validate({**vars(each), "assets": parts(each)}) for each in found]


def _answer(session: Db, response: Response, found: BacktestFacts) -> BacktestView:
    set_etag(response, found.version)
    return _views(session, [found])[0]


@router.get("", dependencies=[READ])
def list_backtests(
    session: Db, actor: Actor, page: PageQuery, asset_id: OfAsset = None
) -> Page[BacktestView]:
    """List the backtests of one's organisation, the newest first."""
    found = service.list_backtests(session, actor, page, asset_id=asset_id)
    shown = Slice(_views(session, found.items), found.next_key)
    return Page[BacktestView].of(shown, lambda view: view)


@router.post("", status_code=201, dependencies=[WRITE, Idempotent])
def request_backtest(
    body: BacktestCreate, response: Response, session: Db, actor: Actor
) -> BacktestView:
    """Ask for a backtest; it begins within a second or so. Nothing that is scored live is touched."""
    draft = service.BacktestDraft(**body.model_dump())
    return _answer(session, response, service.request(session, actor, draft))


@router.get("/{backtest_id}", dependencies=[READ])
def read_backtest(backtest_id: str, response: Response, session: Db, actor: Actor) -> BacktestView:
    """Return one backtest, how far it is and what it found."""
    return _answer(session, response, service.get_backtest(session, actor, backtest_id))


@router.get("/{backtest_id}/alarms", dependencies=[READ])
def list_backtest_alarms(
    backtest_id: str, session: Db, actor: Actor, page: PageQuery, asset_id: OfAsset = None
) -> Page[BacktestAlarmView]:
    """List the alarms there would have been, machine after machine in the order they began."""
    rows = service.list_alarms(session, actor, backtest_id, page, asset_id=asset_id)
    return Page[BacktestAlarmView].of(rows, BacktestAlarmView.model_validate)


@router.get("/{backtest_id}/comparison", dependencies=[READ])
def compare_backtest(backtest_id: str, session: Db, actor: Actor) -> BacktestComparison:
    """Return what was raised and opened in the span, and what of it the detector would have told.

    Orders are those that the caller may see; without `work_orders.read` there are none.
    """
    found = service.get_backtest(session, actor, backtest_id)
    orders = work_orders.orders_opened(
        session,
        actor,
        [part.asset_id for part in found.assets],
        (found.begins_at, found.ends_at),
        ORDERS_MAX + 1,
    )
    opened = [service.Opened(**vars(order)) for order in orders[:ORDERS_MAX]]
    made = service.comparison(session, actor, backtest_id, opened)
    return BacktestComparison.model_validate(
        {
            "raised": _matched(made.raised, made.compared.raised),
            "opened": _matched(made.opened, made.compared.opened),
            "extra": made.compared.extra,
            "cut": made.raised_cut or len(orders) > ORDERS_MAX,
        }
    )


def _matched(known: Sequence[object], matches: Sequence[Matched]) -> list[dict[str, Any]]:
    return [vars(each) | vars(match) for each, match in zip(known, matches, strict=True)]


@router.post("/{backtest_id}/cancel", dependencies=[WRITE])
def cancel_backtest(
    backtest_id: str, response: Response, session: Db, actor: Actor
) -> BacktestView:
    """End a backtest that is under way; what it has found stays."""
    return _answer(session, response, service.cancel(session, actor, backtest_id))


@router.delete("/{backtest_id}", status_code=204, dependencies=[WRITE])
def delete_backtest(backtest_id: str, session: Db, actor: Actor) -> None:
    """Remove a backtest that is over, with all it found."""
    service.delete(session, actor, backtest_id)
