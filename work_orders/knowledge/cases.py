"""Past cases like a ticket, what helped then, and replies suggested from them."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from kernel.errors import NotFound
from registry.assets.service import asset_types
from registry.permissions import Principal
from work_orders.knowledge import repository, rules
from work_orders.knowledge.articles import ArticleFacts, Use, facts_of, reach_of, uses_of
from work_orders.knowledge.likeness import ENCODER, Vector, pack, vector_of_parts
from work_orders.knowledge.models import Article
from work_orders.knowledge.nearest import Wanted, index_of
from work_orders.knowledge.ranking import SCORE_MIN, UNSPECIFIED, Likeness, judge
from work_orders.knowledge.rules import State
from work_orders.knowledge.words import terms_of
from work_orders.models import Ticket
from work_orders.rules import Family, Stage
from work_orders.tickets import repository as tickets
from work_orders.tickets.views import TicketFacts, facts, is_staff

# What the exact search hands to the ranking by words.
CANDIDATES = 200
CASES_MAX = 20
ARTICLES_MAX = 3
# An article is suggested from this cosine on.
ARTICLE_LIKENESS_MIN = 0.30

_READ = {Family.WORK_ORDER: "work_orders.read", Family.COMPLAINT: "complaints.read"}
# What a complaint's text and what was found say of a case.
_ASKED_WEIGHT, _FOUND_WEIGHT = 0.6, 0.4


@dataclass(frozen=True)
class SimilarCase:
    """An ended ticket like the one asked about, how it ended, and why it is in the list."""

    ticket: TicketFacts
    findings: str | None
    cause: str | None
    remedy: str | None
    why: Likeness
    use: Use


@dataclass(frozen=True)
class SuggestedReply:
    """A text for the reply box; nothing is sent. `source` is `article` or `case`, `subject_id` its id."""

    source: str
    subject_id: str
    title: str
    text: str


@dataclass(frozen=True)
class Suggestions:
    """What is known that may help with a ticket."""

    cases: list[SimilarCase]
    articles: list[ArticleFacts]
    replies: list[SuggestedReply]
    article_id: str | None


def _asked(ticket: Ticket) -> str:
    # A complaint's title is often the beginning of its description.
    title = ticket.title.rstrip("…")
    return (
        ticket.description
        if ticket.description.startswith(title)
        else f"{title}. {ticket.description}"
    )


def _equipment_class(session: Session, ticket: Ticket) -> str:
    if ticket.asset_id is None:
        return UNSPECIFIED
    found = asset_types(session, [ticket.asset_id]).get(ticket.asset_id)
    return found.equipment_class if found else UNSPECIFIED


def index_case(session: Session, ticket_id: str) -> None:
    """Keep a ticket among the past cases while it is closed, and only then. Again changes nothing."""
    ticket = tickets.any_ticket(session, ticket_id)
    if ticket is None or ticket.stage != Stage.CLOSED:
        repository.retire_vector(session, ticket_id)
        return
    put_case(session, ticket)


def put_case(session: Session, ticket: Ticket) -> None:
    """Write the vector of a closed ticket: what was told, and what was found."""
    vector = vector_of_parts(
        [(_asked(ticket), _ASKED_WEIGHT), (ticket.findings or "", _FOUND_WEIGHT)]
    )
    repository.put_vector(
        session,
        {
            "subject_id": ticket.id,
            "kind": "case",
            "organisation_id": ticket.organisation_id,
            "equipment_class": _equipment_class(session, ticket),
            "failure_mode": ticket.failure_mode,
            "live": True,
            "encoder": ENCODER,
            "vector": pack(vector),
        },
    )


def index_article(session: Session, article_id: str) -> None:
    """Keep an article among what is suggested while it is published, and only then."""
    row = repository.article(session, article_id)
    if row is None or row.state != State.PUBLISHED:
        repository.retire_vector(session, article_id)
        return
    vector = vector_of_parts([(row.title, 0.5), (rules.plain_words(row.body), 0.5)])
    repository.put_vector(
        session,
        {
            "subject_id": row.id,
            "kind": "article",
            "organisation_id": None,
            "live": True,
            "encoder": ENCODER,
            "vector": pack(vector),
        },
    )


def index_missing(session: Session, limit: int) -> int:
    """Write vectors of closed tickets that have none of the present encoder; return how many."""
    rows = repository.cases_without_vector(session, ENCODER, limit)
    for ticket in rows:
        put_case(session, ticket)
    return len(rows)


def readable_ticket(session: Session, actor: Principal, ticket_id: str) -> Ticket:
    """Return a ticket of whichever family, if the actor may read it.

    Raises:
        Forbidden: the actor may not read its family.
        NotFound: it is not there or not in scope.
    """
    ticket = tickets.any_ticket(session, ticket_id)
    if ticket is None:
        raise NotFound(f"no ticket {ticket_id}")
    actor.require_sees(ticket.organisation_id, f"ticket {ticket_id}")
    actor.require(_READ[Family(ticket.family)])
    return ticket


def suggest(session: Session, actor: Principal, ticket_id: str, limit: int = 5) -> Suggestions:
    """Return past cases and articles like a ticket, the likest first, and for staff replies made of them.

    Cases are those of organisations in the actor's scope and of families the actor may read; a customer sees
    nothing of others, and only public articles.

    Raises:
        Forbidden: the actor may not read articles, or not this ticket's family.
        NotFound: the ticket is not there or not in scope.
    """
    actor.require("knowledge.read")
    ticket = readable_ticket(session, actor, ticket_id)
    vector = vector_of_parts([(_asked(ticket), 1.0)])
    cases = _similar(session, actor, ticket, vector, max(1, min(limit, CASES_MAX)))
    articles = _articles(session, actor, vector)
    staff = is_staff(actor)
    made = repository.article_of_ticket(session, ticket.id) if staff else None
    return Suggestions(
        cases=cases,
        articles=facts_of(session, actor, articles),
        replies=_replies(ticket, cases, articles) if staff else [],
        article_id=made.id if made else None,
    )


def _similar(
    session: Session, actor: Principal, ticket: Ticket, vector: Vector, limit: int
) -> list[SimilarCase]:
    kind = _equipment_class(session, ticket)
    wanted = Wanted("case", actor.scope, kind, ticket.failure_mode, without=ticket.id)
    near = index_of(session).nearest(session, vector, wanted, CANDIDATES)
    rows = tickets.tickets_by_id(session, [each for each, _ in near])
    types = asset_types(session, {row.asset_id for row in rows.values() if row.asset_id})
    asked = terms_of(_asked(ticket))
    judged = []
    for case_id, cosine in near:
        row = rows.get(case_id)
        if row is None or not _shown(actor, row):
            continue
        found = types.get(row.asset_id or "")
        why = judge(
            cosine,
            (kind, found.equipment_class if found else UNSPECIFIED),
            (ticket.failure_mode, row.failure_mode),
            (asked, terms_of(f"{_asked(row)} {row.findings or ''}")),
        )
        if why.score >= SCORE_MIN:
            judged.append((why, row))
    judged.sort(key=lambda each: (-each[0].score, each[1].id))
    return _told(session, actor, judged[:limit])


def _shown(actor: Principal, row: Ticket) -> bool:
    # The memory may be behind the database; rights and the stage are the database's.
    return (
        row.stage == Stage.CLOSED
        and actor.sees(row.organisation_id)
        and actor.may(_READ[Family(row.family)])
    )


def _told(
    session: Session, actor: Principal, judged: list[tuple[Likeness, Ticket]]
) -> list[SimilarCase]:
    rows = [row for _, row in judged]
    uses = uses_of(session, actor, [row.id for row in rows])
    return [
        SimilarCase(told, row.findings, row.cause, row.remedy, why, uses[row.id])
        for (why, row), told in zip(judged, facts(session, actor, rows), strict=True)
    ]


def _articles(session: Session, actor: Principal, vector: Vector) -> list[Article]:
    near = index_of(session).nearest(session, vector, Wanted("article", None), 4 * ARTICLES_MAX)
    ids = [article_id for article_id, cosine in near if cosine >= ARTICLE_LIKENESS_MIN]
    rows = repository.articles_by_id(session, ids, reach_of(actor))
    return [rows[each] for each in ids if each in rows and rows[each].state == State.PUBLISHED][
        :ARTICLES_MAX
    ]


def _replies(
    ticket: Ticket, cases: list[SimilarCase], articles: list[Article]
) -> list[SuggestedReply]:
    language = rules.language_of(_asked(ticket))
    replies = [
        SuggestedReply("article", row.id, row.title, rules.plain_words(row.body))
        for row in articles
        if row.audience == rules.Audience.PUBLIC
    ]
    told: set[str] = set()
    for case in cases:
        text = rules.reply_of_case(language, case.cause, case.remedy)
        if text is not None and text not in told:
            told.add(text)
            replies.append(SuggestedReply("case", case.ticket.id, case.ticket.number, text))
    return replies
