"""Rows that most tests need, with the least said."""

from datetime import date
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.ids import new_id
from registry.models import (
    Asset,
    Gateway,
    Organisation,
    Person,
    PersonRole,
    PersonSite,
    ProductModel,
    Site,
)
from registry.permissions import ROLES, Principal

_numbers = count(1)


def manufacturer(session: Session) -> Organisation:
    """The one manufacturer, made when first asked for."""
    found = session.scalars(select(Organisation).where(Organisation.parent_id.is_(None))).first()
    if found is None:
        found = Organisation(id=new_id("org"), kind="manufacturer", name="Acme Pumps")
        session.add(found)
        session.flush()
    return found


def organisation(
    session: Session, kind: str = "customer", name: str | None = None, parent: str | None = None
) -> Organisation:
    made = Organisation(
        id=new_id("org"),
        kind=kind,
        name=name or f"{kind.title()} {next(_numbers)}",
        parent_id=parent or manufacturer(session).id,
    )
    session.add(made)
    session.flush()
    return made


def site(session: Session, owner: Organisation) -> Site:
    made = Site(id=new_id("site"), organisation_id=owner.id, name=f"Site {next(_numbers)}")
    session.add(made)
    session.flush()
    return made


def asset(
    session: Session,
    owner: Organisation | None = None,
    *,
    serial_number: str | None = None,
    equipment_class: str = "pump",
    commissioned_on: date | None = date(2026, 1, 15),
    on_site: Site | None = None,
) -> Asset:
    owner = owner or organisation(session)
    number = next(_numbers)
    model = ProductModel(
        id=new_id("pm"), code=f"P-{number}", name="Pump", equipment_class=equipment_class
    )
    session.add(model)
    session.flush()
    made = Asset(
        id=new_id("ast"),
        serial_number=serial_number or f"SN-{number:06d}",
        name=f"Pump {number}",
        model_id=model.id,
        organisation_id=owner.id,
        site_id=(on_site or site(session, owner)).id,
        manufactured_on=date(2025, 11, 1),
        delivered_on=date(2026, 1, 5),
        commissioned_on=commissioned_on,
    )
    session.add(made)
    session.flush()
    return made


def gateway(session: Session, on_site: Site) -> Gateway:
    made = Gateway(
        id=new_id("gw"),
        name=f"Gateway {next(_numbers)}",
        organisation_id=on_site.organisation_id,
        site_id=on_site.id,
    )
    session.add(made)
    session.flush()
    return made


def person(
    session: Session,
    role: str,
    owner: Organisation | None = None,
    *,
    skills: tuple[str, ...] = (),
    sites: tuple[Site, ...] = (),
    name: str | None = None,
) -> Person:
    owner = owner or manufacturer(session)
    number = next(_numbers)
    made = Person(
        id=new_id("per"),
        organisation_id=owner.id,
        name=name or f"{role.title()} {number}",
        email=f"{role}{number}@example.com",
        skills=list(skills),
    )
    session.add(made)
    session.flush()
    session.add(PersonRole(person_id=made.id, role=role))
    session.add_all(PersonSite(person_id=made.id, site_id=where.id) for where in sites)
    session.flush()
    return made


def principal(session: Session, role: str, owner: Organisation | None = None) -> Principal:
    """Somebody with a role: of the manufacturer, or scoped to `owner` alone."""
    who = person(session, role, owner)
    return Principal(
        person_id=who.id,
        name=who.name,
        organisation_id=who.organisation_id,
        roles=frozenset({role}),
        permissions=ROLES[role],
        scope=None if owner is None else frozenset({owner.id}),
    )
