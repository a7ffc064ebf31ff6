"""Public verbs on work orders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import InvalidInput
from kernel.paging import PageRequest, Slice
from registry.permissions import Principal
from work_orders.complaints.joining import join_complaints
from work_orders.dispatch.rules import Candidate
from work_orders.dispatch.service import candidates, dispatch, fit_assignee
from work_orders.models import Ticket
from work_orders.orders.closing import record_parts, tell_closed
from work_orders.orders.opening import tell_opened
from work_orders.rules import ORDER_KINDS, Action, Family, Priority, Stage, TicketKind
from work_orders.tickets import repository, views
from work_orders.tickets import service as tickets
from work_orders.tickets.machine import machine_of
from work_orders.tickets.moves import Move, WantedMove, actions_for, apply, is_repeat
from work_orders.tickets.repository import TicketFilter
from work_orders.tickets.resolution import check_resolution
from work_orders.tickets.views import TicketDetail, TicketFacts
from work_orders.watching.service import say


@dataclass(frozen=True)
class NewOrder:
    """What an order made by hand is made of; `asset_id`, `serial_number` or both name the machine.

    `assign` lets the platform choose the engineer by skill and site.
    """

    kind: TicketKind
    title: str
    description: str = ""
    asset_id: str | None = None
    serial_number: str | None = None
    priority: Priority = Priority.P2
    failure_mode: str | None = None
    due_at: datetime | None = None
    assign: bool = False


def create_work_order(session: Session, actor: Principal, new: NewOrder) -> TicketDetail:
    """Make an order; open complaints about the machine that nobody answers yet are linked to it.

    Raises:
        Forbidden: the actor may not make orders.
        UnknownSerial, NotFound: the machine is not there or not in the actor's scope.
        DifferentMachines: asset and serial number are of two machines.
        InvalidText: a text or code cannot be kept.
        OpenOrderExists: a preventive order is open for this failure of this machine.
    """
    actor.require("work_orders.create")
    if new.kind not in ORDER_KINDS:
        raise InvalidInput("an order is not a complaint", field="kind")
    asset = machine_of(session, actor, new.asset_id, new.serial_number)
    if asset is None:
        raise InvalidInput("an order needs a machine", missing=["asset_id"])
    now = utc_now()
    repository.lock_asset(session, asset.id)
    order = tickets.open_ticket(
        session,
        actor,
        tickets.NewTicket(
            kind=new.kind,
            organisation_id=asset.organisation_id,
            asset_id=asset.id,
            title=new.title,
            description=new.description,
            priority=new.priority,
            failure_mode=new.failure_mode,
            due_at=new.due_at,
        ),
        now,
    )
    if new.assign:
        dispatch(session, order, asset, now)
    join_complaints(session, order, now)
    tell_opened(session, order)
    return _detail(session, actor, order, now)


def list_work_orders(
    session: Session, actor: Principal, wanted: TicketFilter, page: PageRequest
) -> Slice[TicketFacts]:
    """Return orders in the actor's scope, the newest first.

    Raises:
        Forbidden: the actor may not read orders.
    """
    actor.require("work_orders.read")
    return tickets.page_of(session, actor, Family.WORK_ORDER, wanted, page)


def get_work_order(session: Session, actor: Principal, order_id: str) -> TicketDetail:
    """Return an order with everything around it that the actor may see.

    Raises:
        Forbidden: the actor may not read orders.
        NotFound: it is not there or not in the actor's scope.
    """
    actor.require("work_orders.read")
    order = tickets.find(session, actor, Family.WORK_ORDER, order_id)
    return _detail(session, actor, order, utc_now())


def _detail(session: Session, actor: Principal, order: Ticket, now: datetime) -> TicketDetail:
    session.flush()
    return views.detail(session, actor, order, actions_for(order, actor, now))


def list_candidates(session: Session, actor: Principal, order_id: str) -> list[Candidate]:
    """Return who could take an order, the best suited first.

    Raises:
        Forbidden: the actor may not assign orders.
        NotFound: it is not there or not in the actor's scope.
    """
    actor.require("work_orders.assign")
    return candidates(session, tickets.find(session, actor, Family.WORK_ORDER, order_id))


def edit_work_order(
    session: Session,
    actor: Principal,
    order_id: str,
    wanted: tickets.Edit,
    *,
    expected_version: int | None = None,
) -> TicketDetail:
    """Change fields of an open order.

    Raises:
        Forbidden, NotFound, StaleVersion, TicketEnded, InvalidText, OpenOrderExists.
    """
    actor.require("work_orders.create")
    order = _lock(session, actor, order_id, with_asset=wanted.failure_mode is not None)
    now = utc_now()
    tickets.edit(session, actor, order, wanted, now, expected_version=expected_version)
    return _detail(session, actor, order, now)


def _lock(session: Session, actor: Principal, order_id: str, *, with_asset: bool) -> Ticket:
    if with_asset:
        order = tickets.find(session, actor, Family.WORK_ORDER, order_id)
        assert order.asset_id is not None  # a constraint says so for orders
        repository.lock_asset(session, order.asset_id)
    return tickets.find_and_lock(session, actor, Family.WORK_ORDER, order_id)


def act_on_work_order(
    session: Session,
    actor: Principal,
    order_id: str,
    wanted: WantedMove,
    *,
    expected_version: int | None = None,
) -> TicketDetail:
    """Move an order along the state machine. A repeat of what led here changes nothing.

    Finishing or closing records the parts replaced in the parts ledger. Closing tells other packages and
    lets the linked complaints wait for the customer's word.

    Raises:
        NotFound: it is not there or not in the actor's scope.
        StaleVersion: it has changed since `expected_version`.
        Forbidden, IllegalTransition, InvalidInput, Conflict: see `work_orders.rules.decide`.
        UnfitAssignee: the assignee cannot take it.
        OpenOrderExists: reopened while another order is open for the same failure.
    """
    order = _lock(session, actor, order_id, with_asset=wanted.action is Action.REOPEN)
    now = utc_now()
    move = wanted.as_move()
    if not is_repeat(session, actor, order, move):
        if wanted.action is Action.REOPEN:
            tickets.refuse_second_order(session, order)
        move = _with_facts(session, actor, order, wanted, now)
        apply(session, actor, order, move, now, expected_version=expected_version)
        _follow_up(session, actor, order, wanted, now)
    return _detail(session, actor, order, now)


def _with_facts(
    session: Session, actor: Principal, order: Ticket, wanted: WantedMove, now: datetime
) -> Move:
    move = wanted.as_move()
    if wanted.action is Action.ASSIGN and wanted.assignee_id and actor.may("work_orders.assign"):
        person = fit_assignee(session, order, wanted.assignee_id)
        by_hand = {"code": "by_hand", "assignee_id": person.person_id, "assignee_name": person.name}
        move = replace(move, data={"assignee_name": person.name}, values={"dispatch": by_hand})
    if wanted.resolution is not None:
        check_resolution(TicketKind(order.kind), wanted.resolution, now)
        move = replace(move, values=wanted.resolution.columns(now))
    return move


def _follow_up(
    session: Session, actor: Principal, order: Ticket, wanted: WantedMove, now: datetime
) -> None:
    if wanted.resolution is not None:
        record_parts(session, actor, order, wanted.resolution, now)
    if order.stage == Stage.CLOSED:
        tell_closed(session, order, now)
    elif wanted.action is Action.REOPEN:
        tell_opened(session, order)


def comment_on_work_order(
    session: Session,
    actor: Principal,
    order_id: str,
    text: str,
    *,
    internal: bool = False,
    mentions: Sequence[str] = (),
) -> TicketDetail:
    """Add a comment, for the customer to read or internal; `mentions` are ids of people to tell.

    Raises:
        Forbidden, NotFound, InvalidText, UnfitMention.
    """
    if not actor.may("work_orders.handle"):
        # Customers and the desk talk about an order with the right to complain about it.
        actor.require("complaints.create")
    order = tickets.find(session, actor, Family.WORK_ORDER, order_id)
    now = utc_now()
    say(session, actor, order, text, now, internal=internal, mentions=mentions)
    return _detail(session, actor, order, now)
