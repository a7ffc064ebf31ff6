"""Public verbs on people: who they are, what they may do, who suits a job."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from registry import audit
from registry.identity import passwords, repository
from registry.identity.people import (
    PersonFacts,
    create_person,
    get_person,
    list_people,
    require_not_above,
    seen,
    set_shifts,
    update_own,
    update_person,
)
from registry.identity.repository import PeopleFilter
from registry.identity.rules import (
    EngineerFacts,
    ShiftFacts,
    best_first,
    check_password,
    is_on_shift,
)
from registry.permissions import Principal

__all__ = [
    "EngineerFacts",
    "PeopleFilter",
    "PersonFacts",
    "ShiftFacts",
    "create_person",
    "find_engineers",
    "get_person",
    "list_people",
    "principal_by_email",
    "principal_for",
    "set_password",
    "set_shifts",
    "update_own",
    "update_person",
]


def principal_for(session: Session, person_id: str) -> Principal | None:
    """Return somebody as a principal, or None when they may not act: not there, inactive, archived.

    The manufacturer's people see everything; a dealer's and a customer's see their own organisation and
    those below it.
    """
    rights = repository.rights_of(session, person_id)
    if rights is None or not rights.person.active or rights.organisation_archived:
        return None
    person = rights.person
    everything = rights.organisation_kind == "manufacturer"
    return Principal(
        person_id=person.id,
        name=person.name,
        organisation_id=person.organisation_id,
        roles=rights.roles,
        permissions=rights.permissions,
        scope=None
        if everything
        else repository.organisations_below(session, person.organisation_id),
        language=person.language,
    )


def principal_by_email(session: Session, email: str) -> Principal | None:
    """Return whoever has an e-mail address as a principal; None when nobody has it, or they may not act."""
    person = repository.person_by_email(session, email)
    return None if person is None else principal_for(session, person.id)


def set_password(session: Session, actor: Principal, person_id: str, password: str) -> None:
    """Set somebody's password; ends their sessions and voids their links.

    The actor is the person or an administrator.

    Raises:
        Forbidden, NotFound, BeyondOwnRights, WeakPassword.
    """
    person = seen(session, actor, person_id)
    if actor.person_id != person_id:
        actor.require("administration.manage")
        require_not_above(session, actor, person)
    check_password(password, person.email, person.name)
    repository.put_password(session, person_id, passwords.hash_password(password), utc_now())
    audit.record(
        session,
        actor,
        "person.set_password",
        "person",
        person_id,
        organisation_id=person.organisation_id,
    )


def find_engineers(
    session: Session, site_id: str | None, skills: Collection[str] = ()
) -> list[EngineerFacts]:
    """Return active engineers who may work for a site's organisation, the best suited first.

    They belong to the organisation itself or to one above it. `site_id` None: every engineer of the
    manufacturer.
    """
    now = utc_now()
    people = repository.engineers(session, repository.organisations_above(session, site_id))
    ids = [person.id for person in people]
    sites = repository.sites_of(session, ids)
    shifts = repository.shifts_of(session, ids)
    return best_first(
        [
            EngineerFacts(
                id=person.id,
                name=person.name,
                organisation_id=person.organisation_id,
                skills=tuple(person.skills),
                missing_skills=tuple(sorted(set(skills) - set(person.skills))),
                site_match=site_id in sites[person.id],
                on_shift=is_on_shift(
                    [
                        ShiftFacts(one.weekday, one.starts_at, one.ends_at, one.time_zone)
                        for one in shifts[person.id]
                    ],
                    now,
                ),
            )
            for person in people
        ]
    )
