"""Queries for sessions, tokens and password links."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from registry.models import AccessToken, PasswordLink, Person
from registry.models import Session as SignIn


def sign_in_by_hash(session: Session, token_hash: bytes, at: datetime) -> SignIn | None:
    return session.scalars(
        select(SignIn).where(SignIn.token_hash == token_hash, SignIn.expires_at > at)
    ).one_or_none()


def sign_ins_of(session: Session, person_id: str, at: datetime) -> Sequence[SignIn]:
    return session.scalars(
        select(SignIn)
        .where(SignIn.person_id == person_id, SignIn.expires_at > at)
        .order_by(SignIn.id.desc())
    ).all()


def end_sign_in(session: Session, person_id: str, sign_in_id: str) -> bool:
    ended = session.execute(
        delete(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.person_id == person_id)
        .returning(SignIn.id)
    ).first()
    return ended is not None


def drop_expired(session: Session, at: datetime) -> None:
    session.execute(delete(SignIn).where(SignIn.expires_at <= at))


def token_by_hash(session: Session, token_hash: bytes) -> AccessToken | None:
    return session.scalars(
        select(AccessToken).where(AccessToken.token_hash == token_hash)
    ).one_or_none()


def token(session: Session, token_id: str) -> AccessToken | None:
    return session.get(AccessToken, token_id)


def tokens_of(session: Session, person_id: str) -> Sequence[AccessToken]:
    return session.scalars(
        select(AccessToken)
        .where(AccessToken.person_id == person_id)
        .order_by(AccessToken.id.desc())
    ).all()


def note_use(session: Session, token_id: str, at: datetime, unless_since: datetime) -> None:
    """Note that a token was used; requests at the same time do not wait for each other."""
    due = (
        select(AccessToken.id)
        .where(
            AccessToken.id == token_id,
            AccessToken.last_used_at.is_(None) | (AccessToken.last_used_at < unless_since),
        )
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(AccessToken)
        .where(AccessToken.id.in_(due))
        .values(last_used_at=at)
        .execution_options(synchronize_session=False)
    )


def link(session: Session, link_id: str) -> PasswordLink | None:
    return session.get(PasswordLink, link_id, with_for_update=True)


def void_links(session: Session, person_id: str, at: datetime) -> None:
    session.execute(
        update(PasswordLink)
        .where(PasswordLink.person_id == person_id, PasswordLink.used_at.is_(None))
        .values(used_at=at)
    )


def person(session: Session, person_id: str) -> Person | None:
    return session.get(Person, person_id)


def person_by_email(session: Session, email: str) -> Person | None:
    return session.scalars(select(Person).where(Person.email == email.lower())).one_or_none()


def put_hash(session: Session, person_id: str, password_hash: str) -> None:
    session.execute(
        update(Person).where(Person.id == person_id).values(password_hash=password_hash)
    )
