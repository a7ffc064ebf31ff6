"""Words for a topic: the installation's own or the shipped ones, filled in for a reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.settings import Platform, settings
from registry import audit
from registry.changes import require_version
from registry.names import asset_names, organisation_names, people_names
from registry.permissions import Principal
from work_orders.models import Ticket
from work_orders.notices import repository
from work_orders.notices.models import NoticeTemplate
from work_orders.notices.rules import LANGUAGES, TOPICS, Language, Topic
from work_orders.notices.shipped import SHIPPED, word
from work_orders.notices.templates import Words, as_html, check_template, fill
from work_orders.tickets.service import find_any

NOTHING: Final = "-"


@dataclass(frozen=True)
class TemplateFacts:
    """The words of a topic in a language; `version` is None for the shipped ones."""

    topic: str
    language: str
    subject: str
    body: str
    placeholders: list[str]
    version: int | None
    updated_at: datetime | None
    updated_by_name: str | None


@dataclass(frozen=True)
class Preview:
    """A template filled in with a real ticket."""

    subject: str
    text: str
    html: str


def language_of(principal: Principal) -> Language:
    """Return the language somebody reads."""
    return "zh" if principal.language == "zh" else "en"


def words_for(session: Session, topic: Topic, language: Language) -> Words:
    """Return the template in force."""
    own = repository.template(session, topic, language)
    return SHIPPED[topic, language] if own is None else Words(own.subject, own.body)


def own_address() -> str:
    """Return the address of this installation, with a slash at its end."""
    return settings(Platform).public_url.rstrip("/") + "/"


def html_of(text: str) -> str:
    """Return a message as HTML, with links to this installation alone."""
    return as_html(text, own_address())


def ticket_values(
    session: Session, ticket: Ticket, reader: Principal, time_zone: str
) -> dict[str, str]:
    """Return what placeholders say of a ticket, in the reader's language and time zone."""
    language = language_of(reader)
    asset = (
        asset_names(session, [ticket.asset_id]).get(ticket.asset_id) if ticket.asset_id else None
    )
    people = people_names(session, [ticket.assignee_id] if ticket.assignee_id else [])
    path = "complaints" if ticket.family == "complaint" else "work-orders"
    return {
        "name": reader.name,
        "number": ticket.number,
        "title": ticket.title,
        "kind": word(language, ticket.kind),
        "stage": word(language, ticket.stage),
        "priority": ticket.priority,
        "customer": organisation_names(session, [ticket.organisation_id]).get(
            ticket.organisation_id, ""
        ),
        "machine": f"{asset.name} ({asset.serial_number})" if asset else NOTHING,
        "assignee": people.get(ticket.assignee_id or "", NOTHING),
        "due": moment(ticket.due_at, time_zone),
        "link": f"{own_address()}{path}/{ticket.id}",
    }


def moment(at: datetime | None, time_zone: str) -> str:
    """Return a moment as it is written in a message: wall time and zone."""
    return (
        NOTHING if at is None else at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M %Z")
    )


def _facts(topic: Topic, language: Language, own: NoticeTemplate | None) -> TemplateFacts:
    words = SHIPPED[topic, language]
    placeholders = sorted(TOPICS[topic].placeholders)
    if own is None:
        return TemplateFacts(
            topic, language, words.subject, words.body, placeholders, None, None, None
        )
    return TemplateFacts(
        topic, language, own.subject, own.body, placeholders, own.version, own.updated_at,
        own.updated_by_name,
    )  # fmt: skip


def list_templates(session: Session, actor: Principal) -> list[TemplateFacts]:
    """Return the words of every topic in every language.

    Raises:
        Forbidden: the actor may not administer.
    """
    actor.require("administration.manage")
    own = {(row.topic, row.language): row for row in repository.templates(session)}
    return [
        _facts(topic, language, own.get((topic, language)))
        for topic in TOPICS
        for language in LANGUAGES
    ]


def set_template(
    session: Session,
    actor: Principal,
    topic: Topic,
    language: Language,
    words: Words,
    *,
    expected_version: int | None = None,
) -> TemplateFacts:
    """Use the installation's own words for a topic.

    Raises:
        Forbidden: the actor may not administer.
        InvalidTemplate: see `templates.check_template`.
        StaleVersion: they have changed since `expected_version`.
    """
    actor.require("administration.manage")
    check_template(topic, words)
    row = repository.template(session, topic, language)
    before = SHIPPED[topic, language] if row is None else Words(row.subject, row.body)
    if row is None:
        row = NoticeTemplate(topic=topic, language=language)
        session.add(row)
    else:
        require_version(row, expected_version)
    row.subject, row.body = words.subject.strip(), words.body
    row.updated_at, row.updated_by_name = utc_now(), actor.name
    session.flush()
    _note(session, actor, topic, language, {"subject": [before.subject, row.subject]})
    return _facts(topic, language, row)


def reset_template(
    session: Session, actor: Principal, topic: Topic, language: Language
) -> TemplateFacts:
    """Go back to the shipped words; again changes nothing.

    Raises:
        Forbidden: the actor may not administer.
    """
    actor.require("administration.manage")
    row = repository.template(session, topic, language)
    if row is not None:
        session.delete(row)
        session.flush()
        _note(session, actor, topic, language, {"subject": [row.subject, None]})
    return _facts(topic, language, None)


def _note(
    session: Session, actor: Principal, topic: Topic, language: Language, changes: dict[str, Any]
) -> None:
    audit.record(
        session, actor, "notice_template.change", "notice_template", f"{topic}.{language}",
        changes=changes,
    )  # fmt: skip


_SAMPLES = {
    "actor": "Wang Wei",
    "text": "…",
    "reason": "…",
    "from_stage": "triaged",
    "target": "resolution",
    "share": "75 %",
    "level": "1",
    "severity": "high",
    "summary": "…",
}


def preview(
    session: Session,
    actor: Principal,
    topic: Topic,
    language: Language,
    words: Words,
    *,
    ticket_id: str,
) -> Preview:
    """Fill a template in with a real ticket, and samples for what no ticket holds; nothing is saved or sent.

    Raises:
        Forbidden, NotFound, InvalidTemplate.
    """
    actor.require("administration.manage")
    check_template(topic, words)
    ticket = find_any(session, actor, ticket_id)
    values: Mapping[str, str] = {
        **{name: word(language, sample) for name, sample in _SAMPLES.items()},
        **ticket_values(session, ticket, actor, "UTC"),
        "target_due": moment(ticket.due_at, "UTC"),
    }
    filled = fill(words, values)
    return Preview(filled.subject, filled.body, html_of(filled.body))
