"""Links between tickets: made by people or by rule, told in the timelines of both."""

from datetime import datetime

from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from registry.permissions import Principal
from work_orders.errors import DifferentOrganisations
from work_orders.models import Ticket
from work_orders.tickets import repository
from work_orders.tickets.timeline import note, write

LINKS = ("same_failure", "related")


def link(
    session: Session,
    actor: Principal,
    one: Ticket,
    another: Ticket,
    *,
    kind: str,
    now: datetime,
    by_rule: bool = False,
) -> bool:
    """Link two tickets that the actor sees; tell whether they were not linked before.

    Raises:
        InvalidInput: a ticket would be linked with itself, or by an unknown kind of link.
        DifferentOrganisations: one customer's ticket would show another customer's.
    """
    if one.id == another.id:
        raise InvalidInput("a ticket is not linked with itself", field="ticket_id")
    if kind not in LINKS:
        raise InvalidInput(
            f"a link is one of {', '.join(LINKS)}", field="kind", choices=list(LINKS)
        )
    if one.organisation_id != another.organisation_id:
        raise DifferentOrganisations(
            f"{one.number} and {another.number} are not of one organisation"
        )
    if not repository.put_link(session, one.id, another.id, kind, by_rule=by_rule, made_at=now):
        return False
    _tell(
        session, actor, one, another, verb="link", now=now, data={"link": kind, "by_rule": by_rule}
    )
    return True


def unlink(session: Session, actor: Principal, one: Ticket, another: Ticket, now: datetime) -> bool:
    """Take a link back; tell whether there was one."""
    found = repository.link(session, one.id, another.id)
    if found is None:
        return False
    session.delete(found)
    session.flush()
    _tell(session, actor, one, another, verb="unlink", now=now, data={"link": found.kind})
    return True


def _tell(
    session: Session,
    actor: Principal,
    one: Ticket,
    another: Ticket,
    *,
    verb: str,
    now: datetime,
    data: dict[str, object],
) -> None:
    for ticket, other in ((one, another), (another, one)):
        facts = {"ticket_id": other.id, "number": other.number, "kind": other.kind, **data}
        write(session, actor, ticket, verb, now, data=facts)
    before_after = [None, another.id] if verb == "link" else [another.id, None]
    note(session, actor, one, verb, changes={"link": before_after})
