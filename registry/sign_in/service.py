"""Public verbs: sign in and out, tokens of machines, invitations and resets."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.ids import new_id
from registry import audit
from registry.identity import passwords
from registry.identity.service import principal_for, set_password
from registry.models import Session as SignIn
from registry.permissions import Principal
from registry.sign_in import repository, rules
from registry.sign_in.errors import WrongPassword, WrongSignIn
from registry.sign_in.links import (
    IssuedLink,
    LinkFacts,
    issue_link,
    link_url,
    read_link,
    request_reset,
    use_link,
)
from registry.sign_in.rules import csrf_token
from registry.sign_in.tokens import (
    TokenFacts,
    by_token,
    create_token,
    list_tokens,
    revoke_token,
)

__all__ = [
    "Authenticated",
    "IssuedLink",
    "LinkFacts",
    "SignInFacts",
    "TokenFacts",
    "authenticate",
    "by_session",
    "by_token",
    "change_password",
    "create_token",
    "csrf_token",
    "end_sign_in",
    "forget_expired",
    "issue_link",
    "link_url",
    "list_sign_ins",
    "list_tokens",
    "open_session",
    "read_link",
    "request_reset",
    "revoke_token",
    "use_link",
]


@dataclass(frozen=True)
class SignInFacts:
    """A signed-in browser, as its owner sees it."""

    id: str
    created_at: datetime
    expires_at: datetime
    user_agent: str | None
    address: str | None


@dataclass(frozen=True)
class Authenticated:
    """A principal and the way it came in; `sign_in_id` is None for a machine's token."""

    principal: Principal
    sign_in_id: str | None


def authenticate(session: Session, email: str, password: str) -> Principal:
    """Return who an address and a password belong to.

    It takes as long for an unknown address as for a wrong password, and says the same.

    Raises:
        WrongSignIn: unknown, wrong, not yet invited or no longer active; not told which.
    """
    person = repository.person_by_email(session, email)
    right = passwords.verify(person.password_hash if person else None, password)
    principal = principal_for(session, person.id) if person and right else None
    if person is None or principal is None:
        raise WrongSignIn("check the address and the password")
    assert person.password_hash is not None  # it was verified
    if passwords.is_outdated(person.password_hash):
        repository.put_hash(session, person.id, passwords.hash_password(password))
    return principal


def open_session(
    session: Session,
    principal: Principal,
    *,
    hours: int,
    user_agent: str | None = None,
    address: str | None = None,
) -> str:
    """Start a session for somebody who has authenticated; return the cookie's token, kept nowhere."""
    assert principal.person_id is not None
    now = utc_now()
    token = rules.new_session_token()
    session.add(
        SignIn(
            id=new_id("ses"),
            token_hash=rules.token_hash(token),
            person_id=principal.person_id,
            expires_at=now + timedelta(hours=hours),
            user_agent=(user_agent or "")[:300] or None,
            address=address,
        )
    )
    session.flush()
    audit.record(
        session,
        principal,
        "session.open",
        "person",
        principal.person_id,
        organisation_id=principal.organisation_id,
    )
    return token


def by_session(session: Session, token: str) -> Authenticated | None:
    """Return who a cookie belongs to, or None when it is unknown, ended, or its owner may not act."""
    found = repository.sign_in_by_hash(session, rules.token_hash(token), utc_now())
    principal = None if found is None else principal_for(session, found.person_id)
    return None if found is None or principal is None else Authenticated(principal, found.id)


def list_sign_ins(session: Session, actor: Principal) -> list[SignInFacts]:
    """Return the actor's own open sessions, newest first."""
    assert actor.person_id is not None
    return [
        SignInFacts(one.id, one.created_at, one.expires_at, one.user_agent, one.address)
        for one in repository.sign_ins_of(session, actor.person_id, utc_now())
    ]


def end_sign_in(session: Session, actor: Principal, sign_in_id: str) -> None:
    """End one of the actor's own sessions.

    Raises:
        NotFound: there is none of that id, or it is somebody else's.
    """
    assert actor.person_id is not None
    if not repository.end_sign_in(session, actor.person_id, sign_in_id):
        raise NotFound(f"no session {sign_in_id}")
    audit.record(
        session,
        actor,
        "session.end",
        "person",
        actor.person_id,
        organisation_id=actor.organisation_id,
    )


def change_password(session: Session, actor: Principal, present: str, password: str) -> None:
    """Change the actor's own password; ends all their sessions, this one too.

    Raises:
        WrongPassword: `present` is not the one they have.
        WeakPassword.
    """
    assert actor.person_id is not None
    person = repository.person(session, actor.person_id)
    if person is None or not passwords.verify(person.password_hash, present):
        raise WrongPassword("type the password you signed in with")
    set_password(session, actor, actor.person_id, password)


def forget_expired(session: Session) -> None:
    """Drop sessions that have ended."""
    repository.drop_expired(session, utc_now())
