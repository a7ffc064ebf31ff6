"""People: who they are, their roles, sites and shifts, the links and tokens that let them in."""

from fastapi import Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.paging import Page, PageQuery
from api.routes.organisations import Q
from api.routing import ApiRouter
from api.schemas.people import (
    PasswordLinkView,
    PersonCreate,
    PersonCreated,
    PersonPatch,
    PersonView,
    ShiftsBody,
    TokenCreate,
    TokenCreated,
    TokenList,
    TokenView,
)
from registry.identity import service
from registry.sign_in import service as sign_in

router = ApiRouter(prefix="/people", tags=["people"])

ADMINISTER = requires("administration.manage")
READ = requires("people.read")


@router.get("", dependencies=[READ])
def list_people(
    session: Db,
    actor: Actor,
    page: PageQuery,
    organisation_id: str | None = None,
    role: str | None = None,
    active: bool | None = None,
    q: Q = None,
) -> Page[PersonView]:
    """List people in one's scope, by name."""
    wanted = service.PeopleFilter(organisation_id, role, active, q)
    rows = service.list_people(session, actor, wanted, page)
    return Page[PersonView].of(rows, PersonView.model_validate)


@router.post("", status_code=201, dependencies=[ADMINISTER])
def create_person(
    body: PersonCreate, response: Response, session: Db, actor: Actor
) -> PersonCreated:
    """Add somebody; the answer holds the link that lets them in, once.

    It takes no idempotency key, since the link must not be kept: the address is unique, so that a
    repeated request is refused with `email_taken`, and a new link can be made.
    """
    made = service.create_person(session, actor, **body.model_dump())
    link = sign_in.issue_link(session, actor, made.id)
    set_etag(response, made.version)
    return PersonCreated(
        **PersonView.model_validate(made).model_dump(),
        invitation=PasswordLinkView.model_validate(link),
    )


@router.get("/{person_id}", dependencies=[READ])
def read_person(person_id: str, response: Response, session: Db, actor: Actor) -> PersonView:
    """Return one person."""
    found = service.get_person(session, actor, person_id)
    set_etag(response, found.version)
    return PersonView.model_validate(found)


@router.patch("/{person_id}", dependencies=[ADMINISTER])
def update_person(
    person_id: str,
    body: PersonPatch,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> PersonView:
    """Change somebody; who is no longer active is signed out at once."""
    changed = service.update_person(session, actor, person_id, body.changes(), if_match)
    set_etag(response, changed.version)
    return PersonView.model_validate(changed)


@router.put("/{person_id}/shifts", dependencies=[ADMINISTER])
def set_person_shifts(
    person_id: str,
    body: ShiftsBody,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> PersonView:
    """Replace when somebody works."""
    shifts = [service.ShiftFacts(**shift.model_dump()) for shift in body.shifts]
    changed = service.set_shifts(session, actor, person_id, shifts, if_match)
    set_etag(response, changed.version)
    return PersonView.model_validate(changed)


@router.post("/{person_id}/password-link", status_code=201, dependencies=[ADMINISTER])
def issue_password_link(person_id: str, session: Db, actor: Actor) -> PasswordLinkView:
    """Make a link with which somebody sets their password; earlier ones no longer work."""
    return PasswordLinkView.model_validate(sign_in.issue_link(session, actor, person_id))


@router.get("/{person_id}/tokens", dependencies=[ADMINISTER])
def list_tokens(person_id: str, session: Db, actor: Actor) -> TokenList:
    """List the tokens that act with somebody's rights."""
    tokens = sign_in.list_tokens(session, actor, person_id)
    return TokenList(items=[TokenView.model_validate(token) for token in tokens])


@router.post("/{person_id}/tokens", status_code=201, dependencies=[ADMINISTER])
def create_token(person_id: str, body: TokenCreate, session: Db, actor: Actor) -> TokenCreated:
    """Make a token that acts with somebody's rights; its secret is in this answer alone."""
    made = sign_in.create_token(session, actor, person_id, body.name, body.expires_at)
    return TokenCreated.model_validate(made)


@router.delete("/{person_id}/tokens/{token_id}", status_code=204, dependencies=[ADMINISTER])
def revoke_token(person_id: str, token_id: str, session: Db, actor: Actor) -> None:
    """End a token."""
    sign_in.revoke_token(session, actor, person_id, token_id)
