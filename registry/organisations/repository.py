"""Queries for organisations and contacts."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from kernel.paging import PageRequest
from registry.models import Asset, Contact, Organisation, Person, Site


def organisation(session: Session, organisation_id: str) -> Organisation | None:
    return session.get(Organisation, organisation_id)


def locked(session: Session, organisation_id: str) -> Organisation | None:
    return session.get(
        Organisation, organisation_id, with_for_update={"key_share": True}, populate_existing=True
    )


def shared(session: Session, organisation_id: str) -> Organisation | None:
    """The row, kept from being archived until this transaction ends."""
    return session.get(
        Organisation, organisation_id, with_for_update={"read": True}, populate_existing=True
    )


def manufacturer(session: Session) -> Organisation | None:
    return session.scalars(
        select(Organisation).where(Organisation.kind == "manufacturer")
    ).one_or_none()


@dataclass(frozen=True)
class OrganisationFilter:
    """Which organisations are wanted; None means no matter."""

    kind: str | None = None
    parent_id: str | None = None
    archived: bool | None = False
    text: str | None = None


def organisations(
    session: Session,
    scope: frozenset[str] | None,
    wanted: OrganisationFilter,
    page: PageRequest,
) -> Sequence[Organisation]:
    """One row more than the page holds, sorted by name and id."""
    query = select(Organisation)
    if scope is not None:
        query = query.where(Organisation.id.in_(scope))
    if wanted.kind is not None:
        query = query.where(Organisation.kind == wanted.kind)
    if wanted.parent_id is not None:
        query = query.where(Organisation.parent_id == wanted.parent_id)
    if wanted.archived is not None:
        query = query.where(Organisation.archived_at.is_not(None) == wanted.archived)
    if wanted.text:
        query = query.where(Organisation.name.icontains(wanted.text, autoescape=True))
    if page.after is not None:
        name, last_id = (*page.after, "")[:2]
        query = query.where(
            or_(
                Organisation.name > name,
                and_(Organisation.name == name, Organisation.id > last_id),
            )
        )
    return session.scalars(
        query.order_by(Organisation.name, Organisation.id).limit(page.limit + 1)
    ).all()


def what_is_left(session: Session, organisation_id: str) -> dict[str, int]:
    """How many live organisations below, active people, live sites and live assets there are."""
    counts = {
        "organisations": select(func.count())
        .select_from(Organisation)
        .where(Organisation.parent_id == organisation_id, Organisation.archived_at.is_(None)),
        "people": select(func.count())
        .select_from(Person)
        .where(Person.organisation_id == organisation_id, Person.active),
        "sites": select(func.count())
        .select_from(Site)
        .where(Site.organisation_id == organisation_id, Site.archived_at.is_(None)),
        "assets": select(func.count())
        .select_from(Asset)
        .where(Asset.organisation_id == organisation_id, Asset.archived_at.is_(None)),
    }
    found = {name: session.scalars(query).one() for name, query in counts.items()}
    return {name: count for name, count in found.items() if count}


def contact(session: Session, contact_id: str) -> Contact | None:
    return session.get(Contact, contact_id)


@dataclass(frozen=True)
class ContactFilter:
    """Which contacts are wanted; None means no matter."""

    organisation_id: str | None = None
    archived: bool | None = False
    text: str | None = None


def contacts(
    session: Session, scope: frozenset[str] | None, wanted: ContactFilter, page: PageRequest
) -> Sequence[Contact]:
    """One row more than the page holds, sorted by name and id."""
    query = select(Contact)
    if scope is not None:
        query = query.where(Contact.organisation_id.in_(scope))
    if wanted.organisation_id is not None:
        query = query.where(Contact.organisation_id == wanted.organisation_id)
    if wanted.archived is not None:
        query = query.where(Contact.archived_at.is_not(None) == wanted.archived)
    if wanted.text:
        query = query.where(
            or_(
                Contact.name.icontains(wanted.text, autoescape=True),
                Contact.email.icontains(wanted.text, autoescape=True),
                Contact.phone.contains(wanted.text, autoescape=True),
            )
        )
    if page.after is not None:
        name, last_id = (*page.after, "")[:2]
        query = query.where(
            or_(Contact.name > name, and_(Contact.name == name, Contact.id > last_id))
        )
    return session.scalars(query.order_by(Contact.name, Contact.id).limit(page.limit + 1)).all()
