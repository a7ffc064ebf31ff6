"""Public verbs on organisations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import Forbidden, NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.changes import change, require_version
from registry.models import Organisation
from registry.organisations import repository, rules
from registry.organisations.contacts import (
    ContactFacts,
    archive_contact,
    create_contact,
    get_contact,
    list_contacts,
    update_contact,
)
from registry.organisations.errors import (
    Archived,
    InvalidParent,
    ManufacturerExists,
    OrganisationInUse,
)
from registry.organisations.repository import ContactFilter, OrganisationFilter
from registry.permissions import Principal

__all__ = [
    "ContactFacts",
    "ContactFilter",
    "OrganisationFacts",
    "OrganisationFilter",
    "archive_contact",
    "archive_organisation",
    "create_contact",
    "create_manufacturer",
    "create_organisation",
    "find_manufacturer",
    "get_contact",
    "get_organisation",
    "list_contacts",
    "list_organisations",
    "restore_organisation",
    "update_contact",
    "update_organisation",
]


@dataclass(frozen=True)
class OrganisationFacts:
    """The manufacturer, a dealer or a customer. `tier` is the service level customers bought."""

    id: str
    kind: str
    name: str
    parent_id: str | None
    tier: str
    created_at: datetime
    archived_at: datetime | None
    version: int


def _facts(row: Organisation) -> OrganisationFacts:
    return OrganisationFacts(
        row.id,
        row.kind,
        row.name,
        row.parent_id,
        row.tier,
        row.created_at,
        row.archived_at,
        row.version,
    )


def _seen(session: Session, actor: Principal, organisation_id: str) -> Organisation:
    row = repository.organisation(session, organisation_id)
    if row is None:
        raise NotFound(f"no organisation {organisation_id}")
    actor.require_sees(row.id, f"organisation {organisation_id}")
    return row


def get_organisation(session: Session, actor: Principal, organisation_id: str) -> OrganisationFacts:
    """Return one organisation; one's own needs no permission.

    Raises:
        Forbidden, NotFound.
    """
    if actor.organisation_id != organisation_id:
        actor.require("assets.read")
    return _facts(_seen(session, actor, organisation_id))


def list_organisations(
    session: Session, actor: Principal, wanted: OrganisationFilter, page: PageRequest
) -> Slice[OrganisationFacts]:
    """Return organisations in the actor's scope, by name.

    Raises:
        Forbidden.
    """
    actor.require("assets.read")
    rows = repository.organisations(session, actor.scope, wanted, page)
    return Slice.cut(rows, page.limit, lambda row: (row.name, row.id)).map(_facts)


def find_manufacturer(session: Session) -> OrganisationFacts | None:
    """Return the manufacturer, if the installation has one yet."""
    row = repository.manufacturer(session)
    return None if row is None else _facts(row)


def create_manufacturer(session: Session, actor: Principal, name: str) -> OrganisationFacts:
    """Make the one organisation that everybody else is below; done when an installation begins.

    Raises:
        Forbidden, ManufacturerExists.
    """
    actor.require("administration.manage")
    present = repository.manufacturer(session)
    if present is not None:
        raise ManufacturerExists(f"it is {present.name}", organisation_id=present.id)
    return _add(session, actor, Organisation(id=new_id("org"), kind="manufacturer", name=name))


def create_organisation(
    session: Session,
    actor: Principal,
    *,
    kind: str,
    name: str,
    parent_id: str,
    tier: str = "standard",
) -> OrganisationFacts:
    """Add a dealer or a customer below an organisation in the actor's scope.

    Raises:
        Forbidden, InvalidParent.
    """
    actor.require("administration.manage")
    _check_parent(session, actor, kind, parent_id)
    row = Organisation(id=new_id("org"), kind=kind, name=name, parent_id=parent_id, tier=tier)
    return _add(session, actor, row)


def _check_parent(session: Session, actor: Principal, kind: str, parent_id: str) -> None:
    # The lock keeps the parent from being archived until this transaction ends.
    parent = repository.shared(session, parent_id) if actor.sees(parent_id) else None
    if parent is None or parent.archived_at is not None:
        raise InvalidParent(f"no organisation {parent_id}")
    rules.check_parent(kind, parent.kind, parent_is_below=False)


def _add(session: Session, actor: Principal, row: Organisation) -> OrganisationFacts:
    session.add(row)
    session.flush()
    session.refresh(row)
    audit.record(
        session,
        actor,
        "organisation.create",
        "organisation",
        row.id,
        organisation_id=row.id,
        changes={
            "name": [None, row.name],
            "kind": [None, row.kind],
            "parent_id": [None, row.parent_id],
        },
    )
    return _facts(row)


def update_organisation(
    session: Session,
    actor: Principal,
    organisation_id: str,
    values: Mapping[str, Any],
    expected_version: int | None,
) -> OrganisationFacts:
    """Change an organisation's name or tier. It stays where it is in the tree.

    Raises:
        Forbidden, NotFound, StaleVersion.
    """
    actor.require("administration.manage")
    row = _seen(session, actor, organisation_id)
    change(
        session,
        actor,
        row,
        values,
        kind="organisation",
        organisation_id=row.id,
        expected_version=expected_version,
    )
    return _facts(row)


def archive_organisation(
    session: Session, actor: Principal, organisation_id: str, expected_version: int | None
) -> OrganisationFacts:
    """Put an organisation away; nothing of it is deleted.

    Raises:
        Forbidden, NotFound, StaleVersion.
        OrganisationInUse: it has live organisations below, active people, live sites or assets.
    """
    actor.require("administration.manage")
    _seen(session, actor, organisation_id)
    row = repository.locked(session, organisation_id)
    assert row is not None  # it was seen, and rows are not deleted
    require_version(row, expected_version)
    if row.kind == "manufacturer" or row.id == actor.organisation_id:
        raise Forbidden("nobody can archive their own organisation, or the manufacturer")
    left = repository.what_is_left(session, organisation_id)
    if left:
        counted = ", ".join(f"{count} {name}" for name, count in left.items())
        raise OrganisationInUse(f"it still has {counted}", **left)
    return _set_archived(session, actor, row, utc_now())


def restore_organisation(
    session: Session, actor: Principal, organisation_id: str, expected_version: int | None
) -> OrganisationFacts:
    """Bring an archived organisation back.

    Raises:
        Forbidden, NotFound, StaleVersion.
        Archived: the one above it is archived.
    """
    actor.require("administration.manage")
    row = _seen(session, actor, organisation_id)
    require_version(row, expected_version)
    parent = None if row.parent_id is None else repository.shared(session, row.parent_id)
    if parent is not None and parent.archived_at is not None:
        raise Archived(f"{parent.name} is archived; restore it first")
    return _set_archived(session, actor, row, None)


def _set_archived(
    session: Session, actor: Principal, row: Organisation, at: datetime | None
) -> OrganisationFacts:
    if (row.archived_at is None) != (at is None):
        change(
            session,
            actor,
            row,
            {"archived_at": at},
            kind="organisation",
            organisation_id=row.id,
            expected_version=None,
            action=f"organisation.{'restore' if at is None else 'archive'}",
        )
    return _facts(row)
