"""Counting what knowledge is used, and making articles of resolutions."""

from sqlalchemy.orm import Session

from kernel.errors import Forbidden, InvalidInput
from registry.assets.service import asset_types
from registry.permissions import Principal
from work_orders.knowledge import repository, rules
from work_orders.knowledge.articles import (
    ArticleFacts,
    Use,
    create_article,
    found_for,
    uses_of,
)
from work_orders.knowledge.cases import readable_ticket
from work_orders.knowledge.errors import ArticleExists, NotResolved
from work_orders.knowledge.rules import ArticleText
from work_orders.rules import UNSPECIFIED
from work_orders.tickets import fields as written
from work_orders.tickets import repository as tickets
from work_orders.tickets.views import is_staff

KINDS = ("shown", "opened", "inserted")
SUBJECTS_MAX = 50


def _require_subject(session: Session, actor: Principal, subject_id: str) -> None:
    if subject_id.startswith("kb_"):
        found_for(session, actor, subject_id)
    else:
        readable_ticket(session, actor, subject_id)


def record_use(session: Session, actor: Principal, subject_ids: list[str], kind: str) -> None:
    """Count that articles or past cases were `shown`, `opened` or `inserted` into a reply.

    Raises:
        Forbidden: the actor may not read articles.
        InvalidInput: there is no such count, or there are too many at once.
        NotFound: one is not there, or not for the actor to see.
    """
    actor.require("knowledge.read")
    if kind not in KINDS or len(subject_ids) > SUBJECTS_MAX:
        raise InvalidInput(f"{KINDS} of at most {SUBJECTS_MAX} at once", field="kind")
    for subject_id in subject_ids:
        _require_subject(session, actor, subject_id)
    repository.count_use(session, subject_ids, kind)


def answer_helped(
    session: Session, actor: Principal, subject_id: str, *, helped: bool | None
) -> Use:
    """Say whether an article or a past case helped; None takes the answer back.

    Raises:
        Forbidden: the actor may not read articles, or is nobody.
        NotFound: it is not there, or not for the actor to see.
    """
    actor.require("knowledge.read")
    if actor.person_id is None:
        raise Forbidden("only people say whether something helped")
    _require_subject(session, actor, subject_id)
    repository.put_vote(session, subject_id, actor.person_id, helped=helped)
    use = uses_of(session, actor, [subject_id])[subject_id]
    return use if is_staff(actor) else Use(mine=use.mine)


def article_from_ticket(session: Session, actor: Principal, ticket_id: str) -> ArticleFacts:
    """Make a draft article of a ticket's resolution, its fields filled; internal until somebody says else.

    Raises:
        Forbidden, NotFound.
        NotResolved: nothing was found and done yet.
        ArticleExists: there is one of this ticket; its id is named.
    """
    actor.require("knowledge.write")
    ticket = readable_ticket(session, actor, ticket_id)
    if not ticket.findings:
        raise NotResolved(f"{ticket.number} has no resolution yet")
    tickets.lock(session, ticket.id)
    earlier = repository.article_of_ticket(session, ticket.id)
    if earlier is not None:
        raise ArticleExists(f"there is an article of {ticket.number}", article_id=earlier.id)
    types = asset_types(session, [ticket.asset_id] if ticket.asset_id else [])
    machine = types.get(ticket.asset_id or "")
    language, body = rules.article_of_case(
        title=ticket.title,
        symptom=ticket.description or ticket.title,
        cause=ticket.cause,
        remedy=ticket.remedy,
        findings=ticket.findings,
        parts=[
            f"{part.part_number} ({part.position}), {part.quantity}"
            for part in tickets.parts(session, ticket.id)
        ],
    )
    text = ArticleText(
        title=ticket.title[: written.TITLE_LENGTH_MAX],
        language=language,
        body=body,
        failure_modes=() if ticket.failure_mode == UNSPECIFIED else (ticket.failure_mode,),
        equipment_classes=(
            (machine.equipment_class,) if machine and machine.equipment_class != UNSPECIFIED else ()
        ),
        model_ids=(machine.model_id,) if machine else (),
    )
    return create_article(session, actor, text, ticket_id=ticket.id)
