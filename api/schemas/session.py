"""Bodies of signing in."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.schemas.base import Input, Output

Password = Annotated[str, StringConstraints(min_length=1, max_length=200)]
EmailTyped = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254)]


class SignInRequest(Input):
    """Who somebody says they are."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"email": "li.na@example.com", "password": "correct horse battery"}]
        }
    )
    email: EmailTyped
    password: Password


class SessionOrganisation(Output):
    """Where the person belongs."""

    id: str
    name: str
    kind: Literal["manufacturer", "dealer", "customer"]


class SessionView(Output):
    """Who is signed in, and what they may do."""

    person_id: str
    name: str
    email: str
    language: Literal["zh", "en"]
    roles: list[str]
    permissions: list[str]
    organisation: SessionOrganisation
    sees_everything: bool = Field(description="Whether every organisation is in scope")
    csrf_token: str | None = Field(
        description="Send as `X-CSRF-Token` with each change; null for a bearer token"
    )


class SessionPatch(Input):
    """What somebody may change about themselves."""

    language: Literal["zh", "en"] | None = None
    name: Annotated[
        str | None, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
    ] = None


class SignInView(Output):
    """One signed-in browser of one's own."""

    id: str
    created_at: datetime
    expires_at: datetime
    user_agent: str | None
    address: str | None
    present: bool = Field(description="Whether this request came with it")


class SignInList(Output):
    """One's own signed-in browsers."""

    items: list[SignInView]


class PasswordChange(Input):
    """One's own password, old and new."""

    present_password: Password
    new_password: Password


class ResetRequest(Input):
    """Whose password was forgotten."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "li.na@example.com"}]})
    email: EmailTyped


class LinkToken(Input):
    """The token of a password link."""

    token: Annotated[str, StringConstraints(min_length=10, max_length=200)]


class LinkView(Output):
    """Whose link it is."""

    name: str
    email: str
    kind: Literal["invitation", "reset"]
    expires_at: datetime


class LinkUse(LinkToken):
    """A link and the password to be set."""

    new_password: Password
