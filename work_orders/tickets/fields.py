"""What people may write into a ticket: plain texts, codes, and the fields that belong to one kind alone.

A kind's fields are data: a row of `FIELDS` says what a field holds, and `check_fields` judges any set of
values by those rows. Texts are stored as they came; SQL and HTML are only letters here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from work_orders.errors import InvalidText
from work_orders.rules import UNSPECIFIED, TicketKind

TITLE_LENGTH_MAX = 200
TEXT_LENGTH_MAX = 10_000
SHORT_LENGTH_MAX = 200
CODE_LENGTH_MAX = 64

_CODE = re.compile(r"[a-z0-9][a-z0-9_]*")
# Control characters but tab and line ends, and halves of surrogate pairs: no database stores them.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def plain_text(field: str, value: str, length_max: int, *, blank: bool = False) -> str:
    """Return a text as it came, if it can be kept.

    Raises:
        InvalidText: it is blank, too long, or holds control characters; `field` and `reason` say which.
    """
    if not blank and not value.strip():
        raise InvalidText(f"{field} must not be blank", field=field, reason="blank")
    if len(value) > length_max:
        raise InvalidText(
            f"{field} has {len(value)} characters; at most {length_max} are kept",
            field=field,
            reason="too_long",
            length_max=length_max,
        )
    if _FORBIDDEN.search(value):
        raise InvalidText(
            f"{field} holds control characters", field=field, reason="control_character"
        )
    return value


def code(field: str, value: str) -> str:
    """Return a code such as a failure mode: lower case letters, digits and underscores.

    Raises:
        InvalidText: it is something else.
    """
    if len(value) > CODE_LENGTH_MAX or not _CODE.fullmatch(value):
        raise InvalidText(
            f"{field} must be a code: lower case letters, digits and underscores",
            field=field,
            reason="not_a_code",
        )
    return value


def choice(field: str, value: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices.

    Raises:
        InvalidText: it is none of them.
    """
    if value not in choices:
        raise InvalidText(
            f"{field} must be one of {', '.join(choices)}",
            field=field,
            reason="not_a_choice",
            choices=list(choices),
        )
    return value


@dataclass(frozen=True)
class FieldSpec:
    """One field of a kind of ticket; `default` is what it holds when nothing is said."""

    key: str
    form: Literal["text", "choice"]
    choices: tuple[str, ...] = ()
    length_max: int = SHORT_LENGTH_MAX
    default: str | None = None

    def check(self, value: Any) -> str:
        """Return the value if it fits the field.

        Raises:
            InvalidText: it does not.
        """
        if not isinstance(value, str):
            raise InvalidText(f"{self.key} must be a text", field=self.key, reason="not_a_text")
        if self.form == "choice":
            return choice(self.key, value, self.choices)
        return plain_text(self.key, value, self.length_max)


LEVELS = ("high", "medium", "low")
CATEGORIES = (
    "machine_failure",
    "performance",
    "quality",
    "safety",
    "parts",
    "logistics",
    "service",
    "billing",
    "other",
)
CHANNELS = ("phone", "email", "web", "api", "wechat", "weibo", "app", "visit")

FIELDS: dict[TicketKind, tuple[FieldSpec, ...]] = {
    TicketKind.COMPLAINT: (
        FieldSpec("category", "choice", CATEGORIES, default="other"),
        FieldSpec("urgency", "choice", LEVELS, default="medium"),
        FieldSpec("impact", "choice", LEVELS, default="medium"),
        FieldSpec("channel", "choice", CHANNELS, default="web"),
        FieldSpec("contact_name", "text"),
        FieldSpec("contact_phone", "text", length_max=50),
        FieldSpec("contact_email", "text", length_max=254),
        FieldSpec("expectation", "text", length_max=2000),
    ),
}


def check_fields(kind: TicketKind, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the given fields of a kind, judged; those that are None are left out.

    Raises:
        InvalidText: a field is unknown, or a value does not fit.
    """
    known = {spec.key: spec for spec in FIELDS.get(kind, ())}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise InvalidText(
            f"a {kind} has no field {', '.join(unknown)}", field=unknown[0], reason="unknown_field"
        )
    return {key: known[key].check(value) for key, value in values.items() if value is not None}


def defaults(kind: TicketKind) -> dict[str, str]:
    """Return what a kind's fields hold when nothing is said."""
    return {spec.key: spec.default for spec in FIELDS.get(kind, ()) if spec.default is not None}


def failure_mode(value: str | None) -> str:
    """Return a failure mode, `unspecified` when none is given: it is never NULL."""
    return code("failure_mode", value) if value else UNSPECIFIED
