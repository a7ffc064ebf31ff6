"""The public verbs of `work_orders`, in one place for other packages."""

from sqlalchemy.orm import Session

from registry.permissions import Principal
from work_orders.alarms.outcomes import (
    OrderOpened,
    Outcome,
    orders_opened,
    outcomes_of_alarms,
)
from work_orders.complaints.service import (
    NewComplaint,
    act_on_complaint,
    comment_on_complaint,
    create_complaint,
    edit_complaint,
    get_complaint,
    link_complaint,
    list_complaints,
    unlink_complaint,
)
from work_orders.dispatch.rules import Candidate
from work_orders.orders.service import (
    NewOrder,
    act_on_work_order,
    comment_on_work_order,
    create_work_order,
    edit_work_order,
    get_work_order,
    list_candidates,
    list_work_orders,
)
from work_orders.rules import HOLD_REASONS, Action, Family, Priority, TicketKind
from work_orders.tickets import repository
from work_orders.tickets.coding import CAUSES, REMEDIES
from work_orders.tickets.fields import CATEGORIES, CHANNELS, LEVELS
from work_orders.tickets.files import note_file
from work_orders.tickets.moves import WantedMove
from work_orders.tickets.repository import TicketFilter
from work_orders.tickets.resolution import ReplacedPart, Resolution
from work_orders.tickets.service import Edit
from work_orders.tickets.views import TicketDetail, TicketFacts, facts
from work_orders.watching.service import unwatch, watch, watchers_of

__all__ = [
    "CATEGORIES",
    "CAUSES",
    "CHANNELS",
    "HOLD_REASONS",
    "LEVELS",
    "REMEDIES",
    "Action",
    "Candidate",
    "Edit",
    "Family",
    "NewComplaint",
    "NewOrder",
    "OrderOpened",
    "Outcome",
    "Priority",
    "ReplacedPart",
    "Resolution",
    "TicketDetail",
    "TicketFacts",
    "TicketFilter",
    "TicketKind",
    "WantedMove",
    "act_on_complaint",
    "act_on_work_order",
    "comment_on_complaint",
    "comment_on_work_order",
    "create_complaint",
    "create_work_order",
    "edit_complaint",
    "edit_work_order",
    "get_complaint",
    "get_work_order",
    "link_complaint",
    "list_candidates",
    "list_complaints",
    "list_work_orders",
    "note_file",
    "orders_opened",
    "outcomes_of_alarms",
    "search_tickets",
    "unlink_complaint",
    "unwatch",
    "watch",
    "watchers_of",
]

SEARCH_LIMIT_MAX = 100


def search_tickets(
    session: Session, actor: Principal, query: str, limit: int = 10
) -> list[TicketFacts]:
    """Return tickets whose number, title or description holds every word of the query, newest first.

    Only families the actor may read, in the actor's scope. Words of two Han characters are found.
    """
    families = [
        family
        for family, permission in (
            (Family.WORK_ORDER, "work_orders.read"),
            (Family.COMPLAINT, "complaints.read"),
        )
        if actor.may(permission)
    ]
    if not families or not query.strip():
        return []
    rows = repository.search(
        session, families, actor.scope, query, max(1, min(limit, SEARCH_LIMIT_MAX))
    )
    return facts(session, actor, rows)
