"""Invitations and password resets.

A link is handed to an administrator once, or fetched by whoever delivers mail when
`PasswordLinkIssued` reaches them. Setting a password voids every other link of the person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kernel import outbox
from kernel.clock import utc_now
from kernel.ids import new_id
from kernel.log import get_logger
from kernel.settings import Platform, settings
from registry import audit
from registry.identity.people import require_not_above, seen
from registry.identity.service import principal_for, set_password
from registry.models import PasswordLink, Person
from registry.permissions import PLATFORM, Principal
from registry.sign_in import repository, rules
from registry.sign_in.errors import LinkNotValid, PersonInactive
from registry.sign_in.events import PasswordLinkIssued

log = get_logger(__name__)


@dataclass(frozen=True)
class LinkFacts:
    """A link to set a password, and whose it is."""

    person_id: str
    name: str
    email: str
    kind: str
    expires_at: datetime


@dataclass(frozen=True)
class IssuedLink:
    """A link as it is handed out."""

    url: str
    kind: str
    expires_at: datetime


def link_url(link_id: str) -> str:
    """Return the address somebody opens; the token is in the fragment, which no server logs."""
    platform = settings(Platform)
    token = rules.link_token(platform.secret(), link_id)
    return f"{platform.public_url.rstrip('/')}/set-password#token={token}"


def issue_link(session: Session, actor: Principal, person_id: str) -> IssuedLink:
    """Make a link for somebody: an invitation until they have a password, then a reset.

    Raises:
        Forbidden, NotFound, BeyondOwnRights.
        PersonInactive: they could not sign in with it.
    """
    actor.require("administration.manage")
    person = seen(session, actor, person_id)
    require_not_above(session, actor, person)
    if not person.active:
        raise PersonInactive(f"{person.name} is not active")
    return _issue(session, actor, person)


def _issue(session: Session, actor: Principal, person: Person) -> IssuedLink:
    now = utc_now()
    kind = "invitation" if person.password_hash is None else "reset"
    repository.void_links(session, person.id, now)
    link = PasswordLink(
        id=new_id("lnk"),
        person_id=person.id,
        kind=kind,
        expires_at=now + timedelta(days=rules.LINK_DAYS[kind]),
    )
    session.add(link)
    session.flush()
    outbox.publish(
        session,
        PasswordLinkIssued(
            link_id=link.id, person_id=person.id, kind=kind, expires_at=link.expires_at
        ),
    )
    audit.record(
        session,
        actor,
        f"person.{kind}",
        "person",
        person.id,
        organisation_id=person.organisation_id,
    )
    return IssuedLink(link_url(link.id), kind, link.expires_at)


def request_reset(session: Session, email: str) -> None:
    """Make a link for whoever has an address, if anybody; the caller is told nothing either way."""
    person = repository.person_by_email(session, email)
    if person is not None and person.active:
        _issue(session, PLATFORM, person)


def _valid(session: Session, token: str) -> tuple[PasswordLink, Person]:
    link_id = rules.link_id_of(settings(Platform).secret(), token)
    link = None if link_id is None else repository.link(session, link_id)
    if link is None or link.used_at is not None or link.expires_at <= utc_now():
        raise LinkNotValid("ask for a new one")
    person = repository.person(session, link.person_id)
    assert person is not None  # a foreign key says so
    if not person.active:
        raise LinkNotValid("ask for a new one")
    return link, person


def read_link(session: Session, token: str) -> LinkFacts:
    """Return whose link it is, without using it.

    Raises:
        LinkNotValid: it is wrong, used or too old.
    """
    link, person = _valid(session, token)
    return LinkFacts(person.id, person.name, person.email, link.kind, link.expires_at)


def use_link(session: Session, token: str, password: str) -> None:
    """Set the password of the link's owner; the link and all others of theirs are then used.

    Raises:
        LinkNotValid, WeakPassword.
    """
    _, person = _valid(session, token)
    principal = principal_for(session, person.id)
    if principal is None:
        raise LinkNotValid("ask for a new one")
    set_password(session, principal, person.id, password)
