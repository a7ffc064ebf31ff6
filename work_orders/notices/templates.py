"""Words of notices: texts with `{{placeholders}}`, judged when they are saved, filled in once. Pure.

What is filled in is never read as a template again, and becomes HTML only by escaping: a ticket's title can
hold whatever it likes.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from work_orders.notices.errors import InvalidTemplate
from work_orders.notices.rules import TOPICS, Language, Topic

SUBJECT_LENGTH_MAX = 200
BODY_LENGTH_MAX = 5000
# What one placeholder may bring in, and a message may hold: chat providers refuse long ones.
VALUE_LENGTH_MAX = 1000
MESSAGE_LENGTH_MAX = 4000

_PLACEHOLDER: Final = re.compile(r"\{\{\s*([a-z_]{1,40})\s*\}\}")
# Characters that turn or hide what follows, besides control characters: a subject must read as it is.
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Words:
    """A subject and a body, with placeholders or filled in."""

    subject: str
    body: str


def check_template(topic: Topic, words: Words) -> None:
    """Judge a template.

    Raises:
        InvalidTemplate: blank, too long, a subject of several lines, a placeholder that the topic does not
            have, or braces that are none; `field` and `reason` say which.
    """
    for field, value, length_max in (
        ("subject", words.subject, SUBJECT_LENGTH_MAX),
        ("body", words.body, BODY_LENGTH_MAX),
    ):
        if not value.strip():
            raise InvalidTemplate(f"the {field} is blank", field=field, reason="blank")
        if len(value) > length_max:
            raise InvalidTemplate(
                f"the {field} may have {length_max} characters", field=field, reason="too_long"
            )
        _check_placeholders(topic, field, value)
    if "\n" in words.subject or _CONTROL.search(words.subject):
        raise InvalidTemplate("a subject is one line", field="subject", reason="not_one_line")


def _check_placeholders(topic: Topic, field: str, value: str) -> None:
    known = TOPICS[topic].placeholders
    for name in _PLACEHOLDER.findall(value):
        if name not in known:
            raise InvalidTemplate(
                f"{topic} has no placeholder {name}; it has {', '.join(sorted(known))}",
                field=field,
                reason="unknown_placeholder",
                placeholder=name,
                placeholders=sorted(known),
            )
    rest = _PLACEHOLDER.sub("", value)
    if "{{" in rest or "}}" in rest:
        raise InvalidTemplate(
            "a placeholder is written {{name}}", field=field, reason="malformed_placeholder"
        )


def fill(words: Words, values: Mapping[str, str]) -> Words:
    """Put values in the places of their names; a name without a value leaves nothing.

    The subject is one clean line, whatever the values hold: no header can be made of it.
    """
    subject = one_line(_filled(words.subject, values))
    return Words(subject[:SUBJECT_LENGTH_MAX], _filled(words.body, values)[:MESSAGE_LENGTH_MAX])


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: _clean(values.get(found[1], "")), template)


def _clean(value: str) -> str:
    shown = _CONTROL.sub(" ", value.replace("\r\n", "\n").replace("\r", "\n"))
    return shown if len(shown) <= VALUE_LENGTH_MAX else shown[: VALUE_LENGTH_MAX - 1] + "…"


def one_line(value: str) -> str:
    """Return a text as one line without control characters."""
    return " ".join(_CONTROL.sub(" ", value).split())


def bundle(language: Language, parts: list[Words]) -> Words:
    """Return one message of several; of one, itself."""
    if len(parts) == 1:
        return parts[0]
    subject = BUNDLE_SUBJECTS[language].format(count=len(parts))
    texts: list[str] = []
    length = 0
    for number, part in enumerate(parts):
        text = f"{part.subject}\n{part.body}"
        length += len(text)
        if length > MESSAGE_LENGTH_MAX and texts:
            texts.append(BUNDLE_MORE[language].format(count=len(parts) - number))
            break
        texts.append(text)
    return Words(subject, "\n\n――――\n\n".join(texts))


BUNDLE_SUBJECTS: Final[dict[Language, str]] = {
    "en": "{count} notices from Forewarn",
    "zh": "Forewarn 的 {count} 条通知",
}
BUNDLE_MORE: Final[dict[Language, str]] = {
    "en": "and {count} more",
    "zh": "另有 {count} 条",
}

_LINK = re.compile(r"https?://[^\s<>\"'&]+")


def as_html(text: str, own_address: str) -> str:
    """Return a plain text as HTML: escaped, line by line, with links to this installation alone."""

    def linked(found: re.Match[str]) -> str:
        url = found[0]
        return f'<a href="{url}">{url}</a>' if url.startswith(own_address) else url

    lines = [_LINK.sub(linked, html.escape(line)) for line in text.split("\n")]
    return "<br>\n".join(lines)
