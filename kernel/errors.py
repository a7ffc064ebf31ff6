"""Errors with a code, shared by every package.

An error states a fact and carries what a client needs to act on it. It knows nothing of HTTP: `api`
maps `kind` to a status. The class docstring's first line is the title shown to people.
"""

from enum import StrEnum
from typing import Any, ClassVar


class Kind(StrEnum):
    """What sort of refusal an error is; the rim decides how to show it."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    PRECONDITION = "precondition"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"


class ForewarnError(Exception):
    """The request cannot be met."""

    code: ClassVar[str] = "error"
    kind: ClassVar[Kind] = Kind.INVALID

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts

    @property
    def title(self) -> str:
        """The class docstring's first line."""
        return (type(self).__doc__ or "Error").strip().splitlines()[0]


class InvalidInput(ForewarnError):
    """The input is not valid."""

    code = "invalid_input"


class NotFound(ForewarnError):
    """There is no such thing, or it is not yours to see."""

    code = "not_found"
    kind = Kind.NOT_FOUND


class Forbidden(ForewarnError):
    """Your role does not allow this."""

    code = "forbidden"
    kind = Kind.FORBIDDEN


class Unauthenticated(ForewarnError):
    """Sign in first."""

    code = "unauthenticated"
    kind = Kind.UNAUTHENTICATED


class Conflict(ForewarnError):
    """The present state does not allow this."""

    code = "conflict"
    kind = Kind.CONFLICT


class IllegalTransition(Conflict):
    """This state cannot follow the present one."""

    code = "illegal_transition"


class StaleVersion(ForewarnError):
    """Somebody changed this since you read it."""

    code = "stale_version"
    kind = Kind.PRECONDITION


class RateLimited(ForewarnError):
    """Too many attempts; wait and try again."""

    code = "rate_limited"
    kind = Kind.RATE_LIMITED


class Unavailable(ForewarnError):
    """Something this depends on cannot be reached."""

    code = "unavailable"
    kind = Kind.UNAVAILABLE


class ConfigurationError(ForewarnError):
    """The configuration cannot be used."""

    code = "configuration"
