"""Organisations and their contacts."""

from typing import Annotated, Literal

from fastapi import Query, Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.registry import (
    ContactCreate,
    ContactPatch,
    ContactView,
    OrganisationCreate,
    OrganisationKind,
    OrganisationPatch,
    OrganisationView,
)
from registry.organisations import service

router = ApiRouter(prefix="/organisations", tags=["organisations"])
contacts_router = ApiRouter(prefix="/contacts", tags=["contacts"])

Q = Annotated[str | None, Query(max_length=200, description="Text that names are searched for")]
Archived = Annotated[
    Literal["no", "only", "all"], Query(description="Whether what was put away is wanted")
]
ARCHIVED = {"no": False, "only": True, "all": None}

ADMINISTER = requires("administration.manage")
READ = requires("assets.read")
READ_PEOPLE = requires("people.read")


@router.get("", dependencies=[READ])
def list_organisations(
    session: Db,
    actor: Actor,
    page: PageQuery,
    kind: OrganisationKind | None = None,
    parent_id: str | None = None,
    q: Q = None,
    archived: Archived = "no",
) -> Page[OrganisationView]:
    """List organisations in one's scope, by name."""
    wanted = service.OrganisationFilter(kind, parent_id, ARCHIVED[archived], q)
    rows = service.list_organisations(session, actor, wanted, page)
    return Page[OrganisationView].of(rows, OrganisationView.model_validate)


@router.post("", status_code=201, dependencies=[ADMINISTER, Idempotent])
def create_organisation(
    body: OrganisationCreate, response: Response, session: Db, actor: Actor
) -> OrganisationView:
    """Add a dealer or a customer."""
    made = service.create_organisation(
        session, actor, kind=body.kind, name=body.name, parent_id=body.parent_id, tier=body.tier
    )
    set_etag(response, made.version)
    return OrganisationView.model_validate(made)


@router.get("/{organisation_id}")
def read_organisation(
    organisation_id: str, response: Response, session: Db, actor: Actor
) -> OrganisationView:
    """Return one organisation; everybody may read their own."""
    found = service.get_organisation(session, actor, organisation_id)
    set_etag(response, found.version)
    return OrganisationView.model_validate(found)


@router.patch("/{organisation_id}", dependencies=[ADMINISTER])
def update_organisation(
    organisation_id: str,
    body: OrganisationPatch,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> OrganisationView:
    """Change an organisation's name or tier."""
    changed = service.update_organisation(session, actor, organisation_id, body.changes(), if_match)
    set_etag(response, changed.version)
    return OrganisationView.model_validate(changed)


@router.post("/{organisation_id}/archive", dependencies=[ADMINISTER])
def archive_organisation(
    organisation_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> OrganisationView:
    """Put an organisation away that has nothing live any more."""
    changed = service.archive_organisation(session, actor, organisation_id, if_match)
    set_etag(response, changed.version)
    return OrganisationView.model_validate(changed)


@router.post("/{organisation_id}/restore", dependencies=[ADMINISTER])
def restore_organisation(
    organisation_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> OrganisationView:
    """Bring an archived organisation back."""
    changed = service.restore_organisation(session, actor, organisation_id, if_match)
    set_etag(response, changed.version)
    return OrganisationView.model_validate(changed)


@contacts_router.get("", dependencies=[READ_PEOPLE])
def list_contacts(
    session: Db,
    actor: Actor,
    page: PageQuery,
    organisation_id: str | None = None,
    q: Q = None,
    archived: Archived = "no",
) -> Page[ContactView]:
    """List contacts in one's scope, by name."""
    wanted = service.ContactFilter(organisation_id, ARCHIVED[archived], q)
    rows = service.list_contacts(session, actor, wanted, page)
    return Page[ContactView].of(rows, ContactView.model_validate)


@contacts_router.post("", status_code=201, dependencies=[ADMINISTER, Idempotent])
def create_contact(
    body: ContactCreate, response: Response, session: Db, actor: Actor
) -> ContactView:
    """Add a contact."""
    made = service.create_contact(
        session,
        actor,
        organisation_id=body.organisation_id,
        name=body.name,
        phone=body.phone,
        email=body.email,
    )
    set_etag(response, made.version)
    return ContactView.model_validate(made)


@contacts_router.get("/{contact_id}", dependencies=[READ_PEOPLE])
def read_contact(contact_id: str, response: Response, session: Db, actor: Actor) -> ContactView:
    """Return one contact."""
    found = service.get_contact(session, actor, contact_id)
    set_etag(response, found.version)
    return ContactView.model_validate(found)


@contacts_router.patch("/{contact_id}", dependencies=[ADMINISTER])
def update_contact(
    contact_id: str,
    body: ContactPatch,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> ContactView:
    """Change a contact."""
    changed = service.update_contact(session, actor, contact_id, body.changes(), if_match)
    set_etag(response, changed.version)
    return ContactView.model_validate(changed)


@contacts_router.post("/{contact_id}/archive", dependencies=[ADMINISTER])
def archive_contact(
    contact_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> ContactView:
    """Put a contact away."""
    changed = service.archive_contact(session, actor, contact_id, if_match)
    set_etag(response, changed.version)
    return ContactView.model_validate(changed)
