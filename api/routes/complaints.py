"""Complaints: list, take, change, act, comment, link."""

from fastapi import Response

from api.deps import Actor, Db, IfMatch, requires
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routes.work_orders import (
    AssigneeQuery,
    IdQuery,
    OpenQuery,
    PriorityQuery,
    StageQuery,
    TextQuery,
    answer,
    assignee_of,
)
from api.routing import ApiRouter
from api.schemas.ticket_inputs import ActionIn, CommentIn, ComplaintCreate, ComplaintPatch, LinkIn
from api.schemas.tickets import ActionName, TicketDetailView, TicketView
from work_orders import service

router = ApiRouter(prefix="/complaints", tags=["complaints"])

READ = requires("complaints.read")
CREATE = requires("complaints.create")
HANDLE = requires("complaints.handle")

_FIELDS = (
    "category",
    "urgency",
    "impact",
    "channel",
    "contact_name",
    "contact_phone",
    "contact_email",
    "expectation",
)


@router.get("", dependencies=[READ])
def list_complaints(
    session: Db,
    actor: Actor,
    page: PageQuery,
    stage: StageQuery = [],  # noqa: B006 - FastAPI copies it
    priority: PriorityQuery = [],  # noqa: B006
    assignee: AssigneeQuery = None,
    asset_id: IdQuery = None,
    organisation_id: IdQuery = None,
    is_open: OpenQuery = None,
    q: TextQuery = None,
) -> Page[TicketView]:
    """List complaints in one's scope, the newest first."""
    wanted = service.TicketFilter(
        stages=tuple(stage),
        priorities=tuple(priority),
        assignee_id=assignee_of(actor, assignee),
        asset_id=asset_id,
        organisation_id=organisation_id,
        open=is_open,
        q=q,
    )
    rows = service.list_complaints(session, actor, wanted, page)
    return Page[TicketView].of(rows, TicketView.model_validate)


@router.post("", status_code=201, dependencies=[CREATE, Idempotent])
def create_complaint(
    body: ComplaintCreate, response: Response, session: Db, actor: Actor
) -> TicketDetailView:
    """Take a complaint; it is linked to the open order on the same machine, if there is one."""
    new = service.NewComplaint(
        **body.model_dump(exclude={*_FIELDS, "priority"}),
        priority=service.Priority(body.priority) if body.priority else None,
        fields=body.model_dump(include=set(_FIELDS), exclude_none=True),
    )
    return answer(response, service.create_complaint(session, actor, new))


@router.get("/{complaint_id}", dependencies=[READ])
def read_complaint(
    complaint_id: str, response: Response, session: Db, actor: Actor
) -> TicketDetailView:
    """Return a complaint with its timeline, links, suggestions and what one could do to it."""
    return answer(response, service.get_complaint(session, actor, complaint_id))


@router.patch("/{complaint_id}", dependencies=[HANDLE])
def update_complaint(
    complaint_id: str,
    body: ComplaintPatch,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> TicketDetailView:
    """Change fields of an open complaint."""
    changed = service.edit_complaint(
        session, actor, complaint_id, body.to_domain(), expected_version=if_match
    )
    return answer(response, changed)


@router.post("/{complaint_id}/actions/{action}", dependencies=[READ])
def act_on_complaint(
    complaint_id: str,
    action: ActionName,
    body: ActionIn,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> TicketDetailView:
    """Move a complaint along; `allowed_actions` says what one could do. A repeat changes nothing."""
    moved = service.act_on_complaint(
        session, actor, complaint_id, body.to_domain(action), expected_version=if_match
    )
    return answer(response, moved)


@router.post("/{complaint_id}/comments", status_code=201, dependencies=[READ, Idempotent])
def comment_on_complaint(
    complaint_id: str, body: CommentIn, response: Response, session: Db, actor: Actor
) -> TicketDetailView:
    """Add a comment."""
    commented = service.comment_on_complaint(
        session, actor, complaint_id, body.text, internal=body.internal, mentions=body.mentions
    )
    return answer(response, commented)


@router.post("/{complaint_id}/links", status_code=201, dependencies=[HANDLE, Idempotent])
def link_complaint(
    complaint_id: str, body: LinkIn, response: Response, session: Db, actor: Actor
) -> TicketDetailView:
    """Link a complaint to an order or to another complaint of the same customer."""
    linked = service.link_complaint(session, actor, complaint_id, body.ticket_id, body.kind)
    return answer(response, linked)


@router.delete("/{complaint_id}/links/{ticket_id}", dependencies=[HANDLE])
def unlink_complaint(
    complaint_id: str, ticket_id: str, response: Response, session: Db, actor: Actor
) -> TicketDetailView:
    """Take a link back."""
    return answer(response, service.unlink_complaint(session, actor, complaint_id, ticket_id))


@router.put("/{complaint_id}/watch", status_code=204, dependencies=[READ])
def watch_complaint(complaint_id: str, session: Db, actor: Actor) -> None:
    """Follow a complaint: be told of what happens to it."""
    service.watch(session, actor, service.Family.COMPLAINT, complaint_id)


@router.delete("/{complaint_id}/watch", status_code=204, dependencies=[READ])
def unwatch_complaint(complaint_id: str, session: Db, actor: Actor) -> None:
    """Follow a complaint no more."""
    service.unwatch(session, actor, service.Family.COMPLAINT, complaint_id)
