"""Public verbs on complaints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import InvalidInput
from kernel.paging import PageRequest, Slice
from registry.permissions import Principal
from work_orders.complaints.joining import join_open_order
from work_orders.dispatch.service import fit_assignee
from work_orders.models import Ticket
from work_orders.rules import Action, Family, Priority, TicketKind
from work_orders.tickets import fields as written
from work_orders.tickets import links, repository, views
from work_orders.tickets import service as tickets
from work_orders.tickets.machine import machine_of
from work_orders.tickets.moves import WantedMove, actions_for, apply, is_repeat
from work_orders.tickets.repository import TicketFilter
from work_orders.tickets.resolution import check_resolution
from work_orders.tickets.rules import in_lock_order, priority_of
from work_orders.tickets.views import TicketDetail, TicketFacts
from work_orders.watching.service import say


@dataclass(frozen=True)
class NewComplaint:
    """What a complaint is made of.

    Attributes:
        serial_number: of the machine it is about, read as people mean it; None when it is about no machine.
        organisation_id: the customer, where there is no machine; None means the actor's own.
        title: None takes the beginning of the description.
        priority: None works it out from impact and urgency.
        fields: `category`, `urgency`, `impact`, `channel`, `contact_name`, …; see `tickets.fields`.
    """

    description: str
    title: str | None = None
    serial_number: str | None = None
    asset_id: str | None = None
    organisation_id: str | None = None
    failure_mode: str | None = None
    priority: Priority | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


def create_complaint(session: Session, actor: Principal, new: NewComplaint) -> TicketDetail:
    """Take a complaint, and link it to the open order on the same machine if there is one.

    Raises:
        Forbidden: the actor may not take complaints.
        UnknownSerial: no machine in the actor's scope has this serial number.
        DifferentMachines: asset and serial number are of two machines.
        NotFound: the asset or organisation is not there, or not in scope.
        InvalidText: a text or field cannot be kept.
    """
    actor.require("complaints.create")
    asset = machine_of(session, actor, new.asset_id, new.serial_number)
    organisation_id = (
        asset.organisation_id if asset else new.organisation_id or actor.organisation_id
    )
    if organisation_id is None:
        raise InvalidInput("whose complaint is it?", field="organisation_id")
    actor.require_sees(organisation_id, f"organisation {organisation_id}")
    now = utc_now()
    description = written.plain_text("description", new.description, written.TEXT_LENGTH_MAX)
    values = written.defaults(TicketKind.COMPLAINT) | written.check_fields(
        TicketKind.COMPLAINT, new.fields
    )
    if asset is not None:
        repository.lock_asset(session, asset.id)
    complaint = tickets.open_ticket(
        session,
        actor,
        tickets.NewTicket(
            kind=TicketKind.COMPLAINT,
            organisation_id=organisation_id,
            asset_id=asset.id if asset else None,
            title=new.title or _beginning(description),
            description=description,
            priority=new.priority or priority_of(values["impact"], values["urgency"]),
            failure_mode=new.failure_mode,
            fields=values,
        ),
        now,
    )
    join_open_order(session, complaint, now)
    return _detail(session, actor, complaint, now)


def _beginning(description: str) -> str:
    line = " ".join(description.split())
    return line if len(line) <= 80 else line[:79] + "…"  # noqa: PLR2004 - a line of an inbox


def list_complaints(
    session: Session, actor: Principal, wanted: TicketFilter, page: PageRequest
) -> Slice[TicketFacts]:
    """Return complaints in the actor's scope, the newest first.

    Raises:
        Forbidden: the actor may not read complaints.
    """
    actor.require("complaints.read")
    return tickets.page_of(session, actor, Family.COMPLAINT, wanted, page)


def get_complaint(session: Session, actor: Principal, complaint_id: str) -> TicketDetail:
    """Return a complaint with everything around it that the actor may see.

    Raises:
        Forbidden: the actor may not read complaints.
        NotFound: it is not there or not in the actor's scope.
    """
    actor.require("complaints.read")
    complaint = tickets.find(session, actor, Family.COMPLAINT, complaint_id)
    return _detail(session, actor, complaint, utc_now())


def _detail(session: Session, actor: Principal, complaint: Ticket, now: datetime) -> TicketDetail:
    session.flush()
    return views.detail(session, actor, complaint, actions_for(complaint, actor, now))


def edit_complaint(
    session: Session,
    actor: Principal,
    complaint_id: str,
    wanted: tickets.Edit,
    *,
    expected_version: int | None = None,
) -> TicketDetail:
    """Change fields of an open complaint.

    Raises:
        Forbidden, NotFound, StaleVersion, TicketEnded, InvalidText.
    """
    actor.require("complaints.handle")
    complaint = tickets.find_and_lock(session, actor, Family.COMPLAINT, complaint_id)
    now = utc_now()
    tickets.edit(session, actor, complaint, wanted, now, expected_version=expected_version)
    return _detail(session, actor, complaint, now)


def act_on_complaint(
    session: Session,
    actor: Principal,
    complaint_id: str,
    wanted: WantedMove,
    *,
    expected_version: int | None = None,
) -> TicketDetail:
    """Move a complaint along the state machine. A repeat of what led here changes nothing.

    Raises:
        NotFound: it is not there or not in the actor's scope.
        StaleVersion: it has changed since `expected_version`.
        Forbidden, IllegalTransition, InvalidInput, Conflict: see `work_orders.rules.decide`.
        UnfitAssignee: the assignee cannot take it.
    """
    complaint = tickets.find_and_lock(session, actor, Family.COMPLAINT, complaint_id)
    now = utc_now()
    move = wanted.as_move()
    if not is_repeat(session, actor, complaint, move):
        if wanted.action is Action.ASSIGN and wanted.assignee_id and actor.may("complaints.handle"):
            person = fit_assignee(session, complaint, wanted.assignee_id)
            move = replace(move, data={"assignee_name": person.name})
        if wanted.resolution is not None:
            check_resolution(TicketKind.COMPLAINT, wanted.resolution, now)
            move = replace(move, values=wanted.resolution.columns(now))
        apply(session, actor, complaint, move, now, expected_version=expected_version)
    return _detail(session, actor, complaint, now)


def comment_on_complaint(
    session: Session,
    actor: Principal,
    complaint_id: str,
    text: str,
    *,
    internal: bool = False,
    mentions: Sequence[str] = (),
) -> TicketDetail:
    """Add a comment, for the customer to read or internal; `mentions` are ids of people to tell.

    Raises:
        Forbidden, NotFound, InvalidText, UnfitMention.
    """
    if not actor.may("complaints.handle"):
        actor.require("complaints.create")
    complaint = tickets.find(session, actor, Family.COMPLAINT, complaint_id)
    now = utc_now()
    say(session, actor, complaint, text, now, internal=internal, mentions=mentions)
    return _detail(session, actor, complaint, now)


def link_complaint(
    session: Session,
    actor: Principal,
    complaint_id: str,
    ticket_id: str,
    kind: str = "same_failure",
) -> TicketDetail:
    """Link a complaint to an order or to another complaint of the same organisation.

    Raises:
        Forbidden, NotFound, InvalidInput, DifferentOrganisations.
    """
    actor.require("complaints.handle")
    complaint, other = _pair(session, actor, complaint_id, ticket_id)
    now = utc_now()
    links.link(session, actor, complaint, other, kind=kind, now=now)
    return _detail(session, actor, complaint, now)


def unlink_complaint(
    session: Session, actor: Principal, complaint_id: str, ticket_id: str
) -> TicketDetail:
    """Take a complaint's link back; without one nothing happens.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("complaints.handle")
    complaint, other = _pair(session, actor, complaint_id, ticket_id)
    now = utc_now()
    links.unlink(session, actor, complaint, other, now)
    return _detail(session, actor, complaint, now)


def _pair(
    session: Session, actor: Principal, complaint_id: str, ticket_id: str
) -> tuple[Ticket, Ticket]:
    complaint = tickets.find(session, actor, Family.COMPLAINT, complaint_id)
    other = tickets.find_any(session, actor, ticket_id)
    for each in in_lock_order([(complaint.family, complaint.id), (other.family, other.id)]):
        repository.lock(session, each)
    return complaint, other
