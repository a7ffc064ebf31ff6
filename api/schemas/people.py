"""Bodies of people, roles, tokens and the audit trail."""

from datetime import datetime, time
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from api.schemas.base import Email, Identifier, Input, Line, OptionalLine, Output, Patch

Names = Annotated[list[Line], Field(max_length=100)]
Identifiers = Annotated[list[Identifier], Field(max_length=500)]
RoleName = Annotated[
    str, StringConstraints(min_length=2, max_length=50, pattern=r"^[a-z][a-z0-9_]*$")
]
RoleNames = Annotated[list[RoleName], Field(max_length=50)]
Language = Literal["zh", "en"]


class ShiftBody(Input):
    """When somebody works: a weekday (1 = Monday) and local hours; over midnight is two shifts."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")
    weekday: Annotated[int, Field(ge=1, le=7)]
    starts_at: time
    ends_at: time
    time_zone: Line


class PersonView(Output):
    """Somebody who signs in; `invited` until they have set a password."""

    id: str
    organisation_id: str
    name: str
    email: str
    phone: str | None
    language: Language
    skills: list[str]
    roles: list[str]
    site_ids: list[str]
    shifts: list[ShiftBody]
    active: bool
    invited: bool
    created_at: datetime
    version: int


class PasswordLinkView(Output):
    """A link to set a password. It is shown here and nowhere else: hand it over."""

    url: str
    kind: Literal["invitation", "reset"]
    expires_at: datetime


class PersonCreated(PersonView):
    """Somebody new, and the link that lets them in."""

    invitation: PasswordLinkView


class PersonCreate(Input):
    """Somebody new."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "organisation_id": "org_01k9zq4m7v8w9x0y1z2a3b4c5d",
                    "name": "Li Na",
                    "email": "li.na@example.com",
                    "roles": ["engineer"],
                    "skills": ["pumps", "bearings"],
                    "language": "zh",
                }
            ]
        }
    )
    organisation_id: Identifier
    name: Line
    email: Email
    roles: RoleNames = Field(default_factory=list)
    language: Language = "en"
    phone: OptionalLine = None
    skills: Names = Field(default_factory=list)
    site_ids: Identifiers = Field(default_factory=list)


class PersonPatch(Patch):
    """What can change about somebody."""

    nullable: ClassVar[frozenset[str]] = frozenset({"phone"})
    name: Line | None = None
    email: Email | None = None
    phone: OptionalLine = None
    language: Language | None = None
    skills: Names | None = None
    active: bool | None = None
    roles: RoleNames | None = None
    site_ids: Identifiers | None = None


class ShiftsBody(Input):
    """All of somebody's shifts."""

    shifts: Annotated[list[ShiftBody], Field(max_length=100)]


class RoleView(Output):
    """A role, what it allows and how many active people have it."""

    name: str
    permissions: list[str]
    people: int
    version: int


class RoleList(Output):
    """All roles."""

    items: list[RoleView]


class RoleCreate(Input):
    """A new role."""

    name: RoleName
    permissions: Annotated[list[Line], Field(max_length=200)] = Field(default_factory=list)


class RolePermissions(Input):
    """What a role is to allow."""

    permissions: Annotated[list[Line], Field(max_length=200)]


class PermissionView(Output):
    """A permission and what it lets people do."""

    name: str
    description: str


class PermissionList(Output):
    """All permissions."""

    items: list[PermissionView]


class TokenView(Output):
    """A machine's way in."""

    id: str
    person_id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class TokenCreated(TokenView):
    """A new token. `secret` is shown here and nowhere else."""

    secret: str


class TokenCreate(Input):
    """A new token."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "ERP connector"}]})
    name: Line
    expires_at: AwareDatetime | None = None


class TokenList(Output):
    """All tokens of somebody."""

    items: list[TokenView]


class AuditView(Output):
    """Who did what to which object, when and why; `changes` maps a field to before and after."""

    id: int
    recorded_at: datetime
    actor_id: str | None
    actor_name: str
    action: str
    object_kind: str
    object_id: str
    organisation_id: str | None
    changes: dict[str, Any]
    reason: str | None
