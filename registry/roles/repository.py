"""Queries for roles."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from registry.models import Organisation, Person, PersonRole, Role, RolePermission


def role(session: Session, name: str) -> Role | None:
    return session.get(Role, name)


def roles(session: Session) -> Sequence[Role]:
    return session.scalars(select(Role).order_by(Role.name)).all()


def permissions_by_role(session: Session, names: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {name: set() for name in names}
    rows = session.execute(
        select(RolePermission.role, RolePermission.permission).where(RolePermission.role.in_(found))
    )
    for name, permission in rows:
        found[name].add(permission)
    return found


def people_by_role(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(PersonRole.role, func.count())
        .join(Person, Person.id == PersonRole.person_id)
        .where(Person.active)
        .group_by(PersonRole.role)
    )
    return dict(rows.all())


def put_permissions(session: Session, name: str, permissions: Iterable[str]) -> None:
    session.execute(delete(RolePermission).where(RolePermission.role == name))
    session.add_all(
        RolePermission(role=name, permission=permission) for permission in sorted(permissions)
    )
    session.flush()


def lock_administrators(session: Session) -> None:
    # Two administrators who remove each other must do so one after the other.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("registry.administrators"))))


def administrator_exists(session: Session) -> bool:
    """Tell whether somebody of the manufacturer who can sign in may administer."""
    found = session.execute(
        select(Person.id)
        .join(Organisation, Organisation.id == Person.organisation_id)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .join(RolePermission, RolePermission.role == PersonRole.role)
        .where(
            Person.active,
            Organisation.kind == "manufacturer",
            RolePermission.permission == "administration.manage",
        )
        .limit(1)
    ).first()
    return found is not None


def is_used(session: Session, name: str) -> bool:
    return (
        session.execute(
            select(PersonRole.person_id).where(PersonRole.role == name).limit(1)
        ).first()
        is not None
    )
