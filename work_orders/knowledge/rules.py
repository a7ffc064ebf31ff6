"""Pure decisions about knowledge: what an article may hold, who reads it, what is made of a resolution."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from work_orders.knowledge.errors import EmptyArticle, UnsafeLink
from work_orders.tickets.coding import CAUSES, REMEDIES
from work_orders.tickets.fields import TITLE_LENGTH_MAX, choice, code, plain_text

BODY_LENGTH_MAX = 20_000
LABELS_MAX = 20
LANGUAGES = ("en", "zh")

_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]*)")
_BARE_SCHEME = re.compile(r"<([a-z][a-z0-9+.-]*:[^>\s]*)>", re.IGNORECASE)
_SAFE_LINK = re.compile(r"(https?://|mailto:|/(?!/)|#)", re.IGNORECASE)


class State(StrEnum):
    """Where an article is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Audience(StrEnum):
    """For whom an article is."""

    INTERNAL = "internal"
    PUBLIC = "public"


@dataclass(frozen=True)
class ArticleText:
    """What is saved of an article.

    Attributes:
        body: Markdown; HTML in it is only letters.
        failure_modes, tags, equipment_classes: codes it is found by.
        model_ids: product models it is about.
    """

    title: str
    language: str
    body: str = ""
    audience: str = Audience.INTERNAL
    failure_modes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    equipment_classes: tuple[str, ...] = ()
    model_ids: tuple[str, ...] = field(default=())


def check_article(text: ArticleText) -> ArticleText:
    """Return an article's text with its labels in order, each once.

    Raises:
        InvalidText: a text, code or choice cannot be kept.
        UnsafeLink: a link leads to something other than a web page, a mail address or a page of ours.
    """
    plain_text("title", text.title, TITLE_LENGTH_MAX)
    plain_text("body", text.body, BODY_LENGTH_MAX, blank=True)
    choice("language", text.language, LANGUAGES)
    choice("audience", text.audience, tuple(str(each) for each in Audience))
    for target in (*_LINK.findall(text.body), *_BARE_SCHEME.findall(text.body)):
        if target and not _SAFE_LINK.match(target):
            raise UnsafeLink(
                "a link must begin with http://, https://, mailto: or /", link=target[:200]
            )
    return ArticleText(
        title=text.title.strip(),
        language=text.language,
        body=text.body,
        audience=text.audience,
        failure_modes=_codes("failure_modes", text.failure_modes),
        tags=_labels("tags", text.tags),
        equipment_classes=_labels("equipment_classes", text.equipment_classes),
        model_ids=tuple(sorted(set(text.model_ids))),
    )


def _codes(name: str, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({code(name, value) for value in values}))


def _labels(name: str, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({plain_text(name, value.strip(), 64) for value in values}))


def require_publishable(body: str) -> None:
    """Refuse to publish an article without text.

    Raises:
        EmptyArticle: there are no letters in it.
    """
    if not re.search(r"\w", body):
        raise EmptyArticle("write the article before it is published", field="body")


_HEADINGS = {
    "en": ("Symptom", "Cause", "Remedy", "Findings", "Parts"),
    "zh": ("现象", "原因", "处理", "检查与处理经过", "更换的零件"),
}


def language_of(text: str) -> str:
    """Return `zh` for a text that has Han characters, else `en`."""
    return "zh" if re.search(r"[\u3400-\u9fff]", text) else "en"


def article_of_case(
    *,
    title: str,
    symptom: str,
    cause: str | None,
    remedy: str | None,
    findings: str,
    parts: Sequence[str],
) -> tuple[str, str]:
    """Return language and body of the article that a resolution makes: a heading for each part there is."""
    language = language_of(f"{title} {findings}")
    heads = _HEADINGS[language]
    sections = (
        symptom,
        CAUSES[cause][language] if cause in CAUSES else "",
        REMEDIES[remedy][language] if remedy in REMEDIES else "",
        findings,
        "\n".join(f"- {_letters(part)}" for part in parts),
    )
    body = "\n\n".join(
        f"## {head}\n\n{text}" for head, text in zip(heads, sections, strict=True) if text
    )
    return language, body[:BODY_LENGTH_MAX]


def _letters(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", text)


_REPLY = {
    "en": "We have seen this before. The cause was: {cause}. What helped: {remedy}.",
    "zh": "我们处理过类似的情况。原因是：{cause}；有效的处理：{remedy}。",
}
UNTOLD = frozenset({"unknown", "no_fault_found", "none", "inspect"})


def reply_of_case(language: str, cause: str | None, remedy: str | None) -> str | None:
    """Return what may be told a customer of another's case: codes in words, nothing anybody wrote.

    None when there is no cause and remedy worth telling.
    """
    if cause not in CAUSES or remedy not in REMEDIES or {cause, remedy} & UNTOLD:
        return None
    # Both languages of a code begin with a capital; within a sentence English has none.
    words = [CAUSES[cause][language], REMEDIES[remedy][language]]
    return _REPLY[language].format(cause=words[0].lower(), remedy=words[1].lower())


_MARKS = (
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"^\s{0,3}(#{1,6}|>|[-*+]|\d+\.)\s+", re.MULTILINE), ""),
    (re.compile(r"[*_`|~]+"), ""),
)


def plain_words(body: str) -> str:
    """Return Markdown without its marks, for snippets, likeness and replies."""
    for mark, instead in _MARKS:
        body = mark.sub(instead, body)
    return body.strip()
