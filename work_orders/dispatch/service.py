"""Assigning orders by rule, and judging whom people assign them to."""

from datetime import datetime

from sqlalchemy.orm import Session

from registry.assets.service import AssetFacts, get_asset
from registry.identity import service as identity
from registry.permissions import PLATFORM, Principal
from work_orders.dispatch.rules import Candidate, choose, ranked, wanted_skills
from work_orders.errors import UnfitAssignee
from work_orders.models import Ticket
from work_orders.rules import Action, Family
from work_orders.tickets import repository
from work_orders.tickets.moves import Move, apply
from work_orders.tickets.timeline import write


def dispatch(session: Session, ticket: Ticket, asset: AssetFacts, now: datetime) -> None:
    """Assign a new order to the engineer who fits best, or leave it pending and say why."""
    choice = choose(
        _candidates(session, asset),
        wanted_skills(asset.equipment_class, ticket.failure_mode),
        has_site=asset.site_id is not None,
    )
    ticket.dispatch = choice.explanation()
    if choice.engineer is None:
        write(session, PLATFORM, ticket, "assignment", now, data=ticket.dispatch, internal=True)
        session.flush()
        return
    move = Move(
        Action.ASSIGN,
        assignee_id=choice.engineer.id,
        data={"assignee_name": choice.engineer.name, "by_rule": True},
    )
    apply(session, PLATFORM, ticket, move, now)
    write(session, PLATFORM, ticket, "assignment", now, data=ticket.dispatch, internal=True)


def candidates(session: Session, ticket: Ticket) -> list[Candidate]:
    """Return who could take an order, the best suited first; site before everything else."""
    assert ticket.asset_id is not None  # a constraint says so for orders
    asset = get_asset(session, PLATFORM, ticket.asset_id)
    wanted = wanted_skills(asset.equipment_class, ticket.failure_mode)
    return sorted(ranked(_candidates(session, asset), wanted), key=lambda each: not each.site_match)


def _candidates(session: Session, asset: AssetFacts) -> list[Candidate]:
    wanted = {asset.equipment_class}
    engineers = identity.find_engineers(session, asset.site_id, wanted)
    load = repository.open_counts(session, [each.id for each in engineers])
    return [
        Candidate(
            id=each.id,
            name=each.name,
            skills=frozenset(each.skills),
            site_match=each.site_match,
            on_shift=each.on_shift,
            open_tickets=load.get(each.id, 0),
        )
        for each in engineers
    ]


def fit_assignee(session: Session, ticket: Ticket, person_id: str) -> Principal:
    """Return somebody who may take a ticket.

    Raises:
        UnfitAssignee: nobody active has this id, they may not work on such a ticket, or its organisation is
            out of their scope.
    """
    person = identity.principal_for(session, person_id)
    if person is None:
        raise UnfitAssignee("nobody active has this id", reason="unknown", assignee_id=person_id)
    order = ticket.family == Family.WORK_ORDER
    permission = "work_orders.handle" if order else "complaints.handle"
    if not person.may(permission):
        raise UnfitAssignee(
            f"{person.name} may not work on it", reason="permission", permission=permission
        )
    if not person.sees(ticket.organisation_id):
        raise UnfitAssignee(f"{person.name} does not see this organisation", reason="scope")
    return person
