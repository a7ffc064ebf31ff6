"""Work orders: list, make, change, act, comment."""

from typing import Annotated

from fastapi import Query, Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.ticket_inputs import ActionIn, CommentIn, OrderCreate, TicketPatch
from api.schemas.tickets import (
    ActionName,
    CandidateList,
    CandidateView,
    CodesView,
    CodeView,
    OrderKind,
    PriorityName,
    StageName,
    TicketDetailView,
    TicketView,
)
from registry.permissions import Principal
from work_orders import service

router = ApiRouter(prefix="/work-orders", tags=["work-orders"])

READ = requires("work_orders.read")
CREATE = requires("work_orders.create")

StageQuery = Annotated[list[StageName], Query(description="Any of these stages")]
PriorityQuery = Annotated[list[PriorityName], Query(description="Any of these priorities")]
AssigneeQuery = Annotated[
    str | None,
    Query(max_length=64, description="`me`, `none` or somebody's id", examples=["me"]),
]
IdQuery = Annotated[str | None, Query(max_length=64)]
OpenQuery = Annotated[
    bool | None, Query(alias="open", description="True: neither closed nor cancelled")
]
TextQuery = Annotated[
    str | None,
    Query(max_length=200, description="Words in number, title and description; every one counts"),
]


def assignee_of(actor: Principal, assignee: str | None) -> str | None:
    """Return whom `assignee` means."""
    return actor.person_id if assignee == "me" else assignee


def answer(response: Response, detail: service.TicketDetail) -> TicketDetailView:
    """Return a ticket's detail with its ETag."""
    set_etag(response, detail.ticket.version)
    return TicketDetailView.of(detail)


@router.get("", dependencies=[READ])
def list_work_orders(
    session: Db,
    actor: Actor,
    page: PageQuery,
    stage: StageQuery = [],  # noqa: B006 - FastAPI copies it
    kind: Annotated[list[OrderKind], Query(description="Any of these kinds")] = [],  # noqa: B006
    priority: PriorityQuery = [],  # noqa: B006
    assignee: AssigneeQuery = None,
    asset_id: IdQuery = None,
    organisation_id: IdQuery = None,
    is_open: OpenQuery = None,
    q: TextQuery = None,
) -> Page[TicketView]:
    """List work orders in one's scope, the newest first."""
    wanted = service.TicketFilter(
        stages=tuple(stage),
        kinds=tuple(kind),
        priorities=tuple(priority),
        assignee_id=assignee_of(actor, assignee),
        asset_id=asset_id,
        organisation_id=organisation_id,
        open=is_open,
        q=q,
    )
    rows = service.list_work_orders(session, actor, wanted, page)
    return Page[TicketView].of(rows, TicketView.model_validate)


@router.post("", status_code=201, dependencies=[CREATE, Idempotent])
def create_work_order(
    body: OrderCreate, response: Response, session: Db, actor: Actor
) -> TicketDetailView:
    """Make a work order; open complaints about the machine that nobody answers yet are linked to it."""
    new = service.NewOrder(
        **body.model_dump(exclude={"kind", "priority"}),
        kind=service.TicketKind(body.kind),
        priority=service.Priority(body.priority),
    )
    return answer(response, service.create_work_order(session, actor, new))


@router.get("/codes", dependencies=[READ])
def list_work_order_codes() -> CodesView:
    """Return the codes that forms offer: causes, remedies, reasons to hold, categories, channels."""
    return CodesView(
        causes=[CodeView(code=code, **names) for code, names in service.CAUSES.items()],
        remedies=[CodeView(code=code, **names) for code, names in service.REMEDIES.items()],
        hold_reasons=list(service.HOLD_REASONS),
        categories=list(service.CATEGORIES),
        channels=list(service.CHANNELS),
        levels=list(service.LEVELS),
    )


@router.get("/{order_id}", dependencies=[READ])
def read_work_order(
    order_id: str, response: Response, session: Db, actor: Actor
) -> TicketDetailView:
    """Return a work order with its timeline, links, alarms, parts and what one could do to it."""
    return answer(response, service.get_work_order(session, actor, order_id))


@router.patch("/{order_id}", dependencies=[CREATE])
def update_work_order(
    order_id: str,
    body: TicketPatch,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> TicketDetailView:
    """Change fields of an open work order."""
    changed = service.edit_work_order(
        session, actor, order_id, body.to_domain(), expected_version=if_match
    )
    return answer(response, changed)


@router.post("/{order_id}/actions/{action}", dependencies=[READ])
def act_on_work_order(
    order_id: str,
    action: ActionName,
    body: ActionIn,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> TicketDetailView:
    """Move a work order along; `allowed_actions` says what one could do. A repeat changes nothing."""
    moved = service.act_on_work_order(
        session, actor, order_id, body.to_domain(action), expected_version=if_match
    )
    return answer(response, moved)


@router.post("/{order_id}/comments", status_code=201, dependencies=[READ, Idempotent])
def comment_on_work_order(
    order_id: str, body: CommentIn, response: Response, session: Db, actor: Actor
) -> TicketDetailView:
    """Add a comment."""
    commented = service.comment_on_work_order(
        session, actor, order_id, body.text, internal=body.internal, mentions=body.mentions
    )
    return answer(response, commented)


@router.get("/{order_id}/candidates", dependencies=[requires("work_orders.assign")])
def list_candidates(order_id: str, session: Db, actor: Actor) -> CandidateList:
    """Return the engineers who could take a work order, the best suited first."""
    return CandidateList(
        items=[
            CandidateView.model_validate(each)
            for each in service.list_candidates(session, actor, order_id)
        ]
    )


@router.put("/{order_id}/watch", status_code=204, dependencies=[READ])
def watch_work_order(order_id: str, session: Db, actor: Actor) -> None:
    """Follow a work order: be told of what happens to it."""
    service.watch(session, actor, service.Family.WORK_ORDER, order_id)


@router.delete("/{order_id}/watch", status_code=204, dependencies=[READ])
def unwatch_work_order(order_id: str, session: Db, actor: Actor) -> None:
    """Follow a work order no more."""
    service.unwatch(session, actor, service.Family.WORK_ORDER, order_id)
