"""Verbs on contacts; others reach them through `registry.organisations.service`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.changes import change
from registry.errors import UnknownOrganisation
from registry.models import Contact
from registry.organisations import repository
from registry.organisations.repository import ContactFilter
from registry.permissions import Principal


@dataclass(frozen=True)
class ContactFacts:
    """Somebody at an organisation who can be called but does not sign in."""

    id: str
    organisation_id: str
    name: str
    phone: str | None
    email: str | None
    archived_at: datetime | None
    version: int


def _facts(row: Contact) -> ContactFacts:
    return ContactFacts(
        row.id, row.organisation_id, row.name, row.phone, row.email, row.archived_at, row.version
    )


def _seen(session: Session, actor: Principal, contact_id: str) -> Contact:
    row = repository.contact(session, contact_id)
    if row is None:
        raise NotFound(f"no contact {contact_id}")
    actor.require_sees(row.organisation_id, f"contact {contact_id}")
    return row


def get_contact(session: Session, actor: Principal, contact_id: str) -> ContactFacts:
    """Return one contact.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("people.read")
    return _facts(_seen(session, actor, contact_id))


def list_contacts(
    session: Session, actor: Principal, wanted: ContactFilter, page: PageRequest
) -> Slice[ContactFacts]:
    """Return contacts in the actor's scope, by name.

    Raises:
        Forbidden.
    """
    actor.require("people.read")
    rows = repository.contacts(session, actor.scope, wanted, page)
    return Slice.cut(rows, page.limit, lambda row: (row.name, row.id)).map(_facts)


def create_contact(
    session: Session,
    actor: Principal,
    *,
    organisation_id: str,
    name: str,
    phone: str | None = None,
    email: str | None = None,
) -> ContactFacts:
    """Add a contact.

    Raises:
        Forbidden, UnknownOrganisation.
    """
    actor.require("administration.manage")
    owner = repository.shared(session, organisation_id) if actor.sees(organisation_id) else None
    if owner is None or owner.archived_at is not None:
        raise UnknownOrganisation(f"no organisation {organisation_id}")
    row = Contact(
        id=new_id("con"), organisation_id=organisation_id, name=name, phone=phone, email=email
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    audit.record(
        session,
        actor,
        "contact.create",
        "contact",
        row.id,
        organisation_id=organisation_id,
        changes={"name": [None, name]},
    )
    return _facts(row)


def update_contact(
    session: Session,
    actor: Principal,
    contact_id: str,
    values: Mapping[str, Any],
    expected_version: int | None,
) -> ContactFacts:
    """Change a contact's name, phone or e-mail address.

    Raises:
        Forbidden, NotFound, StaleVersion.
    """
    actor.require("administration.manage")
    row = _seen(session, actor, contact_id)
    change(
        session,
        actor,
        row,
        values,
        kind="contact",
        organisation_id=row.organisation_id,
        expected_version=expected_version,
    )
    return _facts(row)


def archive_contact(
    session: Session, actor: Principal, contact_id: str, expected_version: int | None
) -> ContactFacts:
    """Put a contact away.

    Raises:
        Forbidden, NotFound, StaleVersion.
    """
    actor.require("administration.manage")
    row = _seen(session, actor, contact_id)
    change(
        session,
        actor,
        row,
        {"archived_at": row.archived_at or utc_now()},
        kind="contact",
        organisation_id=row.organisation_id,
        expected_version=expected_version,
        action="contact.archive",
    )
    return _facts(row)
