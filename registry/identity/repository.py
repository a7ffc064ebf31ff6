"""Queries for people and their rights."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session, aliased

from kernel.paging import PageRequest
from registry.models import (
    Organisation,
    PasswordLink,
    Person,
    PersonRole,
    PersonSite,
    RolePermission,
    Shift,
    Site,
)
from registry.models import Session as SignIn


def person(session: Session, person_id: str) -> Person | None:
    return session.get(Person, person_id)


def person_by_email(session: Session, email: str) -> Person | None:
    return session.scalars(select(Person).where(Person.email == email.lower())).one_or_none()


@dataclass(frozen=True)
class Rights:
    """What a principal is computed from."""

    person: Person
    organisation_kind: str
    organisation_archived: bool
    roles: frozenset[str]
    permissions: frozenset[str]


def rights_of(session: Session, person_id: str) -> Rights | None:
    row = session.execute(
        select(Person, Organisation.kind, Organisation.archived_at)
        .join(Organisation, Organisation.id == Person.organisation_id)
        .where(Person.id == person_id)
    ).one_or_none()
    if row is None:
        return None
    rights = session.execute(
        select(PersonRole.role, RolePermission.permission)
        .outerjoin(RolePermission, RolePermission.role == PersonRole.role)
        .where(PersonRole.person_id == person_id)
    ).all()
    return Rights(
        person=row[0],
        organisation_kind=row[1],
        organisation_archived=row[2] is not None,
        roles=frozenset(role for role, _ in rights),
        permissions=frozenset(permission for _, permission in rights if permission is not None),
    )


def organisations_below(session: Session, organisation_id: str) -> frozenset[str]:
    """An organisation's id and those of all below it."""
    tree = (
        select(Organisation.id)
        .where(Organisation.id == organisation_id)
        .cte("tree", recursive=True)
    )
    child = aliased(Organisation)
    # UNION, not UNION ALL: a loop that should not be there must not run for ever.
    tree = tree.union(select(child.id).join(tree, child.parent_id == tree.c.id))
    return frozenset(session.scalars(select(tree.c.id)))


def roles_of(session: Session, people: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {person_id: [] for person_id in people}
    rows = session.execute(
        select(PersonRole.person_id, PersonRole.role)
        .where(PersonRole.person_id.in_(people))
        .order_by(PersonRole.role)
    )
    for person_id, role in rows:
        found[person_id].append(role)
    return found


def sites_of(session: Session, people: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {person_id: [] for person_id in people}
    rows = session.execute(
        select(PersonSite.person_id, PersonSite.site_id)
        .where(PersonSite.person_id.in_(people))
        .order_by(PersonSite.site_id)
    )
    for person_id, site_id in rows:
        found[person_id].append(site_id)
    return found


def shifts_of(session: Session, people: Collection[str]) -> dict[str, list[Shift]]:
    found: dict[str, list[Shift]] = {person_id: [] for person_id in people}
    rows = session.scalars(
        select(Shift)
        .where(Shift.person_id.in_(people))
        .order_by(Shift.weekday, Shift.starts_at, Shift.id)
    )
    for shift in rows:
        found[shift.person_id].append(shift)
    return found


def put_roles(session: Session, person_id: str, roles: Iterable[str]) -> None:
    session.execute(delete(PersonRole).where(PersonRole.person_id == person_id))
    session.add_all(PersonRole(person_id=person_id, role=role) for role in sorted(set(roles)))
    session.flush()


def put_sites(session: Session, person_id: str, sites: Iterable[str]) -> None:
    session.execute(delete(PersonSite).where(PersonSite.person_id == person_id))
    session.add_all(PersonSite(person_id=person_id, site_id=where) for where in sorted(set(sites)))
    session.flush()


def put_shifts(session: Session, person_id: str, shifts: Iterable[Shift]) -> None:
    session.execute(delete(Shift).where(Shift.person_id == person_id))
    session.add_all(shifts)
    session.flush()


def sites(session: Session, site_ids: Collection[str]) -> Sequence[Site]:
    return session.scalars(select(Site).where(Site.id.in_(site_ids))).all()


def engineers(session: Session, organisations: Collection[str]) -> Sequence[Person]:
    return session.scalars(
        select(Person)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(
            Person.active,
            PersonRole.role == "engineer",
            Person.organisation_id.in_(organisations),
        )
        .order_by(Person.name, Person.id)
    ).all()


def organisations_above(session: Session, site_id: str | None) -> frozenset[str]:
    """The organisation of a site and those above it; without a site, the manufacturer."""
    start = select(Organisation.id, Organisation.parent_id)
    if site_id is None:
        start = start.where(Organisation.kind == "manufacturer")
    else:
        start = start.join(Site, Site.organisation_id == Organisation.id).where(Site.id == site_id)
    chain = start.cte("chain", recursive=True)
    parent = aliased(Organisation)
    chain = chain.union(
        select(parent.id, parent.parent_id).join(chain, chain.c.parent_id == parent.id)
    )
    return frozenset(session.scalars(select(chain.c.id)))


def is_live(session: Session, organisation_id: str) -> bool:
    found = session.get(Organisation, organisation_id)
    return found is not None and found.archived_at is None


def lock_person(session: Session, person_id: str) -> None:
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def end_sessions(session: Session, person_id: str) -> None:
    session.execute(delete(SignIn).where(SignIn.person_id == person_id))


def put_password(session: Session, person_id: str, password_hash: str, at: datetime) -> None:
    """Store a hash, end the sessions and use up the links; the version is for what people edit."""
    session.execute(
        update(Person).where(Person.id == person_id).values(password_hash=password_hash)
    )
    end_sessions(session, person_id)
    session.execute(
        update(PasswordLink)
        .where(PasswordLink.person_id == person_id, PasswordLink.used_at.is_(None))
        .values(used_at=at)
    )


@dataclass(frozen=True)
class PeopleFilter:
    """Which people are wanted; None means no matter."""

    organisation_id: str | None = None
    role: str | None = None
    active: bool | None = None
    text: str | None = None


def people(
    session: Session,
    scope: frozenset[str] | None,
    wanted: PeopleFilter,
    page: PageRequest,
) -> Sequence[Person]:
    """One row more than the page holds, sorted by name and id."""
    query = select(Person)
    if scope is not None:
        query = query.where(Person.organisation_id.in_(scope))
    if wanted.organisation_id is not None:
        query = query.where(Person.organisation_id == wanted.organisation_id)
    if wanted.role is not None:
        query = query.where(
            Person.id.in_(select(PersonRole.person_id).where(PersonRole.role == wanted.role))
        )
    if wanted.active is not None:
        query = query.where(Person.active.is_(wanted.active))
    if wanted.text:
        query = query.where(
            or_(
                Person.name.icontains(wanted.text, autoescape=True),
                Person.email.icontains(wanted.text, autoescape=True),
            )
        )
    if page.after is not None:
        name, person_id = (*page.after, "")[:2]
        query = query.where(
            or_(Person.name > name, and_(Person.name == name, Person.id > person_id))
        )
    return session.scalars(query.order_by(Person.name, Person.id).limit(page.limit + 1)).all()
