"""Following a ticket, and naming people in what is said on it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import Forbidden
from kernel.outbox import publish
from registry.identity.service import principal_for
from registry.permissions import Principal
from work_orders.errors import UnfitMention
from work_orders.events import PersonMentioned
from work_orders.models import Ticket
from work_orders.rules import Family
from work_orders.tickets import repository as written
from work_orders.tickets import service as tickets
from work_orders.tickets.timeline import comment
from work_orders.tickets.views import WatcherFacts, is_staff
from work_orders.watching import repository

MENTIONS_MAX = 20
_READ = {Family.WORK_ORDER: "work_orders.read", Family.COMPLAINT: "complaints.read"}


def watchers_of(session: Session, ticket: Ticket) -> list[WatcherFacts]:
    """Return who follows a ticket, who has done so longest first.

    Who may not read it any more is left out: rights and scopes change after one has begun to follow.
    """
    found = []
    for row in written.watchers(session, ticket.id):
        person = _reader(session, ticket, row.person_id)
        if person is not None:
            found.append(WatcherFacts(row.person_id, person.name))
    return found


def _reader(session: Session, ticket: Ticket, person_id: str) -> Principal | None:
    person = principal_for(session, person_id)
    if person is None or not person.sees(ticket.organisation_id):
        return None
    return person if person.may(_READ[Family(ticket.family)]) else None


def watch(session: Session, actor: Principal, family: Family, ticket_id: str) -> None:
    """Follow a ticket; who does so already goes on.

    Raises:
        Forbidden: the actor may not read such tickets, or is nobody who could be told.
        NotFound: it is not there or not in the actor's scope.
    """
    ticket, person_id = _own(session, actor, family, ticket_id)
    if repository.add(session, ticket.id, person_id, utc_now()):
        announce(session, ticket.family, ticket.id, ticket.organisation_id)


def unwatch(session: Session, actor: Principal, family: Family, ticket_id: str) -> None:
    """Follow a ticket no more; without having followed it nothing happens.

    Raises:
        Forbidden, NotFound: see `watch`.
    """
    ticket, person_id = _own(session, actor, family, ticket_id)
    if repository.remove(session, ticket.id, person_id):
        announce(session, ticket.family, ticket.id, ticket.organisation_id)


def _own(session: Session, actor: Principal, family: Family, ticket_id: str) -> tuple[Ticket, str]:
    actor.require(_READ[family])
    if actor.person_id is None:
        raise Forbidden("the platform itself follows nothing")
    return tickets.find(session, actor, family, ticket_id), actor.person_id


def say(
    session: Session,
    actor: Principal,
    ticket: Ticket,
    text: str,
    now: datetime,
    *,
    internal: bool,
    mentions: Sequence[str] = (),
) -> None:
    """Add a comment; people mentioned in it are told, and follow the ticket from now on.

    Raises:
        InvalidText: the text cannot be kept, or somebody else than staff wants it internal.
        UnfitMention: somebody mentioned may not read it, or they are too many.
    """
    people = _mentioned(session, ticket, mentions, internal=internal)
    named = [{"id": each.person_id, "name": each.name} for each in people]
    entry = comment(
        session,
        actor,
        ticket,
        text,
        now,
        internal=internal,
        data={"mentions": named} if named else None,
    )
    for person in people:
        assert person.person_id is not None  # only people are looked up
        repository.add(session, ticket.id, person.person_id, now)
        publish(
            session,
            PersonMentioned(
                ticket_id=ticket.id,
                entry_id=entry.id,
                person_id=person.person_id,
                by_id=actor.person_id,
            ),
        )


def _mentioned(
    session: Session, ticket: Ticket, mentions: Sequence[str], *, internal: bool
) -> list[Principal]:
    wanted = list(dict.fromkeys(mentions))
    if len(wanted) > MENTIONS_MAX:
        raise UnfitMention(
            f"at most {MENTIONS_MAX} people are mentioned at once",
            field="mentions",
            mentions_max=MENTIONS_MAX,
        )
    people = []
    for person_id in wanted:
        person = _reader(session, ticket, person_id)
        # Said alike whether nobody has this id or somebody may not read: who is here is not told.
        if person is None or (internal and not is_staff(person)):
            raise UnfitMention(
                "nobody who may read this has this id", field="mentions", person_id=person_id
            )
        people.append(person)
    return people
