"""Machines' tokens: a person's rights without a browser; shown once, kept as a hash."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.ids import new_id
from registry import audit
from registry.identity.people import require_not_above, seen
from registry.identity.service import principal_for
from registry.models import AccessToken
from registry.permissions import Principal
from registry.sign_in import repository, rules

# How fresh `last_used_at` is kept.
USE_NOTED_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class TokenFacts:
    """A machine's token; `secret` only in the answer that made it."""

    id: str
    person_id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    secret: str | None = None


def _facts(token: AccessToken, secret: str | None = None) -> TokenFacts:
    return TokenFacts(
        token.id,
        token.person_id,
        token.name,
        token.created_at,
        token.expires_at,
        token.revoked_at,
        token.last_used_at,
        secret,
    )


def by_token(session: Session, secret: str) -> Principal | None:
    """Return who a bearer token speaks for; None when unknown, revoked, expired or inactive."""
    if not secret.startswith(rules.TOKEN_PREFIX):
        return None
    now = utc_now()
    token = repository.token_by_hash(session, rules.token_hash(secret))
    if token is None or token.revoked_at is not None:
        return None
    if token.expires_at is not None and token.expires_at <= now:
        return None
    principal = principal_for(session, token.person_id)
    if principal is not None:
        repository.note_use(session, token.id, now, now - USE_NOTED_EVERY)
    return principal


def create_token(
    session: Session,
    actor: Principal,
    person_id: str,
    name: str,
    expires_at: datetime | None = None,
) -> TokenFacts:
    """Make a token that acts with a person's rights; its secret is in this answer and nowhere else.

    Raises:
        Forbidden, NotFound, BeyondOwnRights.
    """
    actor.require("administration.manage")
    person = seen(session, actor, person_id)
    require_not_above(session, actor, person)
    secret = rules.new_access_token()
    token = AccessToken(
        id=new_id("tok"),
        token_hash=rules.token_hash(secret),
        person_id=person_id,
        name=name,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    session.refresh(token)
    audit.record(
        session,
        actor,
        "token.create",
        "person",
        person_id,
        organisation_id=person.organisation_id,
        changes={"token": [None, token.id]},
    )
    return _facts(token, secret)


def list_tokens(session: Session, actor: Principal, person_id: str) -> list[TokenFacts]:
    """Return a person's tokens, newest first, revoked ones too.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("administration.manage")
    seen(session, actor, person_id)
    return [_facts(token) for token in repository.tokens_of(session, person_id)]


def revoke_token(session: Session, actor: Principal, person_id: str, token_id: str) -> None:
    """End a token; ending it again changes nothing.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("administration.manage")
    person = seen(session, actor, person_id)
    token = repository.token(session, token_id)
    if token is None or token.person_id != person_id:
        raise NotFound(f"no token {token_id}")
    if token.revoked_at is None:
        token.revoked_at = utc_now()
        session.flush()
        audit.record(
            session,
            actor,
            "token.revoke",
            "person",
            person_id,
            organisation_id=person.organisation_id,
            changes={"token": [token_id, None]},
        )
