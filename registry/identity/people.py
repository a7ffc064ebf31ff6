"""Verbs on people; others reach them through `registry.identity.service`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.changes import change, require_version
from registry.errors import UnknownOrganisation, UnknownSite
from registry.identity import repository
from registry.identity.errors import EmailTaken
from registry.identity.repository import PeopleFilter
from registry.identity.rules import ShiftFacts, check_shift
from registry.models import Person, Shift
from registry.permissions import Principal
from registry.roles import service as roles_service
from registry.roles.errors import BeyondOwnRights


@dataclass(frozen=True)
class PersonFacts:
    """Somebody who signs in; `invited` until they have set a password."""

    id: str
    organisation_id: str
    name: str
    email: str
    phone: str | None
    language: str
    skills: tuple[str, ...]
    roles: tuple[str, ...]
    site_ids: tuple[str, ...]
    shifts: tuple[ShiftFacts, ...]
    active: bool
    invited: bool
    created_at: datetime
    version: int


def _facts(session: Session, people: Sequence[Person]) -> list[PersonFacts]:
    ids = [person.id for person in people]
    roles = repository.roles_of(session, ids)
    sites = repository.sites_of(session, ids)
    shifts = repository.shifts_of(session, ids)
    return [
        PersonFacts(
            id=person.id,
            organisation_id=person.organisation_id,
            name=person.name,
            email=person.email,
            phone=person.phone,
            language=person.language,
            skills=tuple(person.skills),
            roles=tuple(roles[person.id]),
            site_ids=tuple(sites[person.id]),
            shifts=tuple(_shift_facts(shift) for shift in shifts[person.id]),
            active=person.active,
            invited=person.password_hash is None,
            created_at=person.created_at,
            version=person.version,
        )
        for person in people
    ]


def _shift_facts(shift: Shift) -> ShiftFacts:
    return ShiftFacts(shift.weekday, shift.starts_at, shift.ends_at, shift.time_zone)


def seen(session: Session, actor: Principal, person_id: str) -> Person:
    """Return a person's row, or raise NotFound when it is not there or out of scope."""
    person = repository.person(session, person_id)
    if person is None:
        raise NotFound(f"no person {person_id}")
    actor.require_sees(person.organisation_id, f"person {person_id}")
    return person


def get_person(session: Session, actor: Principal, person_id: str) -> PersonFacts:
    """Return one person.

    Raises:
        Forbidden, NotFound.
    """
    if actor.person_id != person_id:
        actor.require("people.read")
    return _facts(session, [seen(session, actor, person_id)])[0]


def list_people(
    session: Session, actor: Principal, wanted: PeopleFilter, page: PageRequest
) -> Slice[PersonFacts]:
    """Return people in the actor's scope, by name.

    Raises:
        Forbidden: the actor may not see people.
    """
    actor.require("people.read")
    rows = repository.people(session, actor.scope, wanted, page)
    cut = Slice.cut(rows, page.limit, lambda person: (person.name, person.id))
    return Slice(_facts(session, cut.items), cut.next_key)


def create_person(
    session: Session,
    actor: Principal,
    *,
    organisation_id: str,
    name: str,
    email: str,
    roles: Collection[str],
    language: str = "en",
    phone: str | None = None,
    skills: Collection[str] = (),
    site_ids: Collection[str] = (),
) -> PersonFacts:
    """Add somebody, without a password: send an invitation, or call `set_password`.

    Raises:
        Forbidden, UnknownOrganisation, UnknownRole, BeyondOwnRights, UnknownSite.
        EmailTaken: somebody has the address; case does not matter.
    """
    actor.require("administration.manage")
    if not actor.sees(organisation_id) or not repository.is_live(session, organisation_id):
        raise UnknownOrganisation(f"no organisation {organisation_id}")
    if repository.person_by_email(session, email) is not None:
        raise EmailTaken(f"somebody has the address {email.lower()}")
    roles_service.require_grantable(session, actor, roles)
    _require_sites(session, actor, site_ids)
    person = Person(
        id=new_id("per"),
        organisation_id=organisation_id,
        name=name,
        email=email.lower(),
        phone=phone,
        language=language,
        skills=sorted(set(skills)),
    )
    session.add(person)
    session.flush()
    repository.put_roles(session, person.id, roles)
    repository.put_sites(session, person.id, site_ids)
    session.refresh(person)
    audit.record(
        session,
        actor,
        "person.create",
        "person",
        person.id,
        organisation_id=organisation_id,
        changes={"email": [None, person.email], "roles": [[], sorted(set(roles))]},
    )
    return _facts(session, [person])[0]


def _require_sites(session: Session, actor: Principal, site_ids: Collection[str]) -> None:
    found = {
        site.id for site in repository.sites(session, site_ids) if actor.sees(site.organisation_id)
    }
    unknown = sorted(set(site_ids) - found)
    if unknown:
        raise UnknownSite(f"no site {', '.join(unknown)}", sites=unknown)


def update_person(
    session: Session,
    actor: Principal,
    person_id: str,
    values: Mapping[str, Any],
    expected_version: int | None,
) -> PersonFacts:
    """Change somebody: any of name, email, phone, language, skills, active, roles, site_ids.

    Raises:
        Forbidden, NotFound, StaleVersion, EmailTaken, UnknownRole, BeyondOwnRights, UnknownSite.
        LastAdministrator: nobody would be left who may administer.
    """
    actor.require("administration.manage")
    repository.lock_person(session, person_id)
    person = seen(session, actor, person_id)
    require_version(person, expected_version)
    before = _facts(session, [person])[0]
    require_not_above(session, actor, person)
    roles_service.lock_administrators(session)
    columns = {name: value for name, value in values.items() if name not in {"roles", "site_ids"}}
    if "skills" in columns:
        columns["skills"] = sorted(set(columns["skills"]))
    if "email" in columns:
        columns["email"] = columns["email"].lower()
        other = repository.person_by_email(session, columns["email"])
        if other is not None and other.id != person_id:
            raise EmailTaken(f"somebody has the address {columns['email']}")
    changed = change(
        session,
        actor,
        person,
        columns,
        kind="person",
        organisation_id=person.organisation_id,
        expected_version=None,
    )
    if _change_sets(session, actor, person, before, values) and not changed:
        person.version += 1
        session.flush()
    if not person.active:
        repository.end_sessions(session, person_id)
    roles_service.require_administrator_left(session)
    return _facts(session, [person])[0]


def _change_sets(
    session: Session,
    actor: Principal,
    person: Person,
    before: PersonFacts,
    values: Mapping[str, Any],
) -> bool:
    changes: dict[str, Any] = {}
    if "roles" in values and set(values["roles"]) != set(before.roles):
        roles_service.require_grantable(session, actor, values["roles"])
        repository.put_roles(session, person.id, values["roles"])
        changes["roles"] = [list(before.roles), sorted(set(values["roles"]))]
    if "site_ids" in values and set(values["site_ids"]) != set(before.site_ids):
        _require_sites(session, actor, values["site_ids"])
        repository.put_sites(session, person.id, values["site_ids"])
        changes["site_ids"] = [list(before.site_ids), sorted(set(values["site_ids"]))]
    if changes:
        audit.record(
            session,
            actor,
            "person.update",
            "person",
            person.id,
            organisation_id=person.organisation_id,
            changes=changes,
        )
    return bool(changes)


def require_not_above(session: Session, actor: Principal, person: Person) -> None:
    """Refuse a scoped administrator who would change somebody with more rights than their own.

    Raises:
        BeyondOwnRights: so it is; changing that person's address or password would hand over the rights.
    """
    if actor.scope is None:
        return
    rights = repository.rights_of(session, person.id)
    beyond = sorted(rights.permissions - actor.permissions) if rights else []
    if beyond:
        raise BeyondOwnRights("this person may do more than you", permissions=beyond)


def set_shifts(
    session: Session,
    actor: Principal,
    person_id: str,
    shifts: Collection[ShiftFacts],
    expected_version: int | None,
) -> PersonFacts:
    """Replace when somebody works.

    Raises:
        Forbidden, NotFound, StaleVersion, InvalidShift.
    """
    actor.require("administration.manage")
    repository.lock_person(session, person_id)
    person = seen(session, actor, person_id)
    require_version(person, expected_version)
    for shift in shifts:
        check_shift(shift)
    repository.put_shifts(
        session,
        person_id,
        [
            Shift(
                id=new_id("sft"),
                person_id=person_id,
                weekday=shift.weekday,
                starts_at=shift.starts_at,
                ends_at=shift.ends_at,
                time_zone=shift.time_zone,
            )
            for shift in shifts
        ],
    )
    person.version += 1
    session.flush()
    audit.record(
        session,
        actor,
        "person.shifts",
        "person",
        person_id,
        organisation_id=person.organisation_id,
        changes={"shifts": [None, len(shifts)]},
    )
    return _facts(session, [person])[0]


def update_own(session: Session, actor: Principal, values: Mapping[str, Any]) -> PersonFacts:
    """Change what somebody may change about themselves: name and language."""
    assert actor.person_id is not None
    assert set(values) <= {"name", "language"}
    person = seen(session, actor, actor.person_id)
    change(
        session,
        actor,
        person,
        values,
        kind="person",
        organisation_id=person.organisation_id,
        expected_version=None,
    )
    return _facts(session, [person])[0]
