"""Signing in and out, one's own sessions and password, invitations and resets."""

from typing import Annotated

from fastapi import Depends, Request, Response

from api import auth
from api.deps import Actor, Db
from api.rate_limits import SignInLimits
from api.routing import ApiRouter
from api.schemas.session import (
    LinkToken,
    LinkUse,
    LinkView,
    PasswordChange,
    ResetRequest,
    SessionOrganisation,
    SessionPatch,
    SessionView,
    SignInList,
    SignInRequest,
    SignInView,
)
from api.settings import ApiSettings
from kernel.settings import settings
from registry.identity import service as identity
from registry.organisations import service as organisations
from registry.permissions import Principal
from registry.sign_in import service as sign_in

router = ApiRouter(tags=["session"])

_SAME_ORIGIN = Depends(auth.check_origin)


def _limits(request: Request) -> SignInLimits:
    limits: SignInLimits = request.app.state.sign_in_limits
    return limits


Limits = Annotated[SignInLimits, Depends(_limits)]


def _view(session: Db, actor: Principal, csrf_token: str | None) -> SessionView:
    assert actor.person_id is not None
    assert actor.organisation_id is not None
    person = identity.get_person(session, actor, actor.person_id)
    organisation = organisations.get_organisation(session, actor, actor.organisation_id)
    return SessionView(
        person_id=person.id,
        name=person.name,
        email=person.email,
        language=person.language,
        roles=sorted(actor.roles),
        permissions=sorted(actor.permissions),
        organisation=SessionOrganisation.model_validate(organisation),
        sees_everything=actor.scope is None,
        csrf_token=csrf_token,
    )


@router.post("/session", status_code=201, dependencies=[_SAME_ORIGIN])
def sign_in_person(
    body: SignInRequest, request: Request, response: Response, session: Db, limits: Limits
) -> SessionView:
    """Sign in: sets the session cookie and `forewarn_csrf`."""
    limits.attempt("sign_in", auth.client_address(request), body.email)
    actor = sign_in.authenticate(session, body.email, body.password)
    limits.succeeded("sign_in", body.email)
    return _open(session, request, response, actor)


def _open(session: Db, request: Request, response: Response, actor: Principal) -> SessionView:
    hours = settings(ApiSettings).session_hours
    token = sign_in.open_session(
        session,
        actor,
        hours=hours,
        user_agent=request.headers.get("user-agent"),
        address=auth.client_address(request),
    )
    auth.set_cookies(response, token, hours)
    return _view(session, actor, sign_in.csrf_token(token))


@router.get("/session")
def read_session(request: Request, session: Db, actor: Actor) -> SessionView:
    """Tell who is signed in."""
    token = request.cookies.get(auth.session_cookie_name())
    by_cookie = getattr(request.state, "sign_in_id", None) is not None
    return _view(session, actor, sign_in.csrf_token(token) if token and by_cookie else None)


@router.patch("/session")
def update_session(body: SessionPatch, request: Request, session: Db, actor: Actor) -> SessionView:
    """Change one's own name or language."""
    values = {
        name: value
        for name, value in body.model_dump(exclude_unset=True).items()
        if value is not None
    }
    identity.update_own(session, actor, values)
    return read_session(request, session, actor)


@router.delete("/session", status_code=204)
def sign_out(request: Request, response: Response, session: Db, actor: Actor) -> None:
    """Sign out: ends this session and takes the cookies away."""
    sign_in_id = getattr(request.state, "sign_in_id", None)
    if sign_in_id is not None:
        sign_in.end_sign_in(session, actor, sign_in_id)
    auth.clear_cookies(response)


@router.get("/sessions")
def list_sessions(request: Request, session: Db, actor: Actor) -> SignInList:
    """List one's own signed-in browsers."""
    present = getattr(request.state, "sign_in_id", None)
    return SignInList(
        items=[
            SignInView(
                id=one.id,
                created_at=one.created_at,
                expires_at=one.expires_at,
                user_agent=one.user_agent,
                address=one.address,
                present=one.id == present,
            )
            for one in sign_in.list_sign_ins(session, actor)
        ]
    )


@router.delete("/sessions/{session_id}", status_code=204)
def end_session(session_id: str, session: Db, actor: Actor) -> None:
    """Sign one of one's own browsers out."""
    sign_in.end_sign_in(session, actor, session_id)


@router.put("/session/password")
def change_password(
    body: PasswordChange,
    request: Request,
    response: Response,
    session: Db,
    actor: Actor,
    limits: Limits,
) -> SessionView:
    """Change one's own password; every session ends, and this browser gets a new one."""
    account = actor.person_id or ""
    limits.attempt("change_password", auth.client_address(request), account)
    sign_in.change_password(session, actor, body.present_password, body.new_password)
    limits.succeeded("change_password", account)
    return _open(session, request, response, actor)


@router.post("/password-resets", status_code=202, dependencies=[_SAME_ORIGIN])
def request_password_reset(
    body: ResetRequest, request: Request, session: Db, limits: Limits
) -> None:
    """Ask for a link to set a new password; the answer is the same whether the address is known."""
    limits.attempt("password_reset", auth.client_address(request), body.email)
    sign_in.request_reset(session, body.email)


@router.post("/password-links/read", dependencies=[_SAME_ORIGIN])
def read_password_link(body: LinkToken, request: Request, session: Db, limits: Limits) -> LinkView:
    """Tell whose link it is, without using it up."""
    limits.attempt("password_link", auth.client_address(request), body.token)
    return LinkView.model_validate(sign_in.read_link(session, body.token))


@router.post("/password-links/use", status_code=204, dependencies=[_SAME_ORIGIN])
def use_password_link(body: LinkUse, request: Request, session: Db, limits: Limits) -> None:
    """Set a password with an invitation or a reset link; it works once."""
    limits.attempt("password_link", auth.client_address(request), body.token)
    sign_in.use_link(session, body.token, body.new_password)
