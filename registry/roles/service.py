"""Public verbs on roles, and the two rules that keep rights safe.

Somebody of the manufacturer who may administer is always left; and who sees only part of the
organisations gives no rights beyond their own.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kernel.errors import Forbidden, NotFound
from registry import audit
from registry.changes import require_version
from registry.models import Role
from registry.permissions import PERMISSIONS, Principal
from registry.roles import repository
from registry.roles.errors import (
    BeyondOwnRights,
    LastAdministrator,
    RoleExists,
    RoleInUse,
    UnknownPermission,
    UnknownRole,
)


@dataclass(frozen=True)
class RoleFacts:
    """A role, what it allows and how many active people have it."""

    name: str
    permissions: tuple[str, ...]
    people: int
    version: int


def list_roles(session: Session, actor: Principal) -> list[RoleFacts]:
    """Return every role.

    Raises:
        Forbidden: the actor may not see people.
    """
    actor.require("people.read")
    roles = repository.roles(session)
    permissions = repository.permissions_by_role(session, [role.name for role in roles])
    people = repository.people_by_role(session)
    return [
        RoleFacts(
            role.name, tuple(sorted(permissions[role.name])), people.get(role.name, 0), role.version
        )
        for role in roles
    ]


def _facts(session: Session, role: Role) -> RoleFacts:
    permissions = repository.permissions_by_role(session, [role.name])[role.name]
    people = repository.people_by_role(session).get(role.name, 0)
    return RoleFacts(role.name, tuple(sorted(permissions)), people, role.version)


def _require_role_administrator(actor: Principal) -> None:
    actor.require("administration.manage")
    if actor.scope is not None:
        raise Forbidden("roles belong to the whole installation; the manufacturer changes them")


def _require_known(permissions: Collection[str]) -> None:
    unknown = sorted(set(permissions) - set(PERMISSIONS))
    if unknown:
        raise UnknownPermission(f"no permission {', '.join(unknown)}", permissions=unknown)


def create_role(
    session: Session, actor: Principal, name: str, permissions: Collection[str]
) -> RoleFacts:
    """Add a role.

    Raises:
        Forbidden: the actor may not change roles.
        RoleExists, UnknownPermission.
    """
    _require_role_administrator(actor)
    _require_known(permissions)
    if repository.role(session, name) is not None:
        raise RoleExists(f"there is a role {name}", name=name)
    role = Role(name=name)
    session.add(role)
    session.flush()
    repository.put_permissions(session, name, set(permissions))
    changes = {"permissions": [[], sorted(set(permissions))]}
    audit.record(session, actor, "role.create", "role", name, changes=changes)
    return _facts(session, role)


def set_role_permissions(
    session: Session,
    actor: Principal,
    name: str,
    permissions: Collection[str],
    expected_version: int | None,
) -> RoleFacts:
    """Replace what a role allows.

    Raises:
        Forbidden: the actor may not change roles.
        NotFound, StaleVersion, UnknownPermission.
        LastAdministrator: nobody would be left who may administer.
    """
    _require_role_administrator(actor)
    _require_known(permissions)
    repository.lock_administrators(session)
    role = repository.role(session, name)
    if role is None:
        raise NotFound(f"no role {name}")
    require_version(role, expected_version)
    before = repository.permissions_by_role(session, [name])[name]
    if before != set(permissions):
        repository.put_permissions(session, name, set(permissions))
        role.version += 1
        session.flush()
        changes = {"permissions": [sorted(before), sorted(set(permissions))]}
        audit.record(session, actor, "role.update", "role", name, changes=changes)
        require_administrator_left(session)
    return _facts(session, role)


def delete_role(
    session: Session, actor: Principal, name: str, expected_version: int | None
) -> None:
    """Remove a role that nobody has.

    Raises:
        Forbidden: the actor may not change roles.
        NotFound, StaleVersion.
        RoleInUse: somebody has it, active or not.
    """
    _require_role_administrator(actor)
    role = repository.role(session, name)
    if role is None:
        raise NotFound(f"no role {name}")
    require_version(role, expected_version)
    if repository.is_used(session, name):
        raise RoleInUse(f"somebody has the role {name}", name=name)
    before = repository.permissions_by_role(session, [name])[name]
    repository.put_permissions(session, name, ())
    session.delete(role)
    session.flush()
    changes = {"permissions": [sorted(before), []]}
    audit.record(session, actor, "role.delete", "role", name, changes=changes)


def require_grantable(session: Session, actor: Principal, roles: Collection[str]) -> None:
    """Refuse roles that do not exist, or that the actor may not give.

    Raises:
        UnknownRole, BeyondOwnRights.
    """
    known = {role.name for role in repository.roles(session)}
    unknown = sorted(set(roles) - known)
    if unknown:
        raise UnknownRole(f"no role {', '.join(unknown)}", roles=unknown)
    if actor.scope is None:
        return
    for name, permissions in repository.permissions_by_role(session, roles).items():
        beyond = sorted(permissions - actor.permissions)
        if beyond:
            raise BeyondOwnRights(f"the role {name} allows more than yours", permissions=beyond)


def require_administrator_left(session: Session) -> None:
    """Refuse, after a change, that it left nobody to administer; call inside `lock_administrators`.

    Raises:
        LastAdministrator: so it is.
    """
    if not repository.administrator_exists(session):
        raise LastAdministrator(
            "this would leave nobody of the manufacturer with administration.manage; "
            "give it to somebody else first"
        )


def lock_administrators(session: Session) -> None:
    """Make changes that could remove the last administrator wait for each other."""
    repository.lock_administrators(session)
