"""Enrolment: a one-time token becomes a gateway's key and its way to the broker.

The token works once, for one machine. The machine makes a claim of its own, a random secret, before it asks;
with the same claim it may ask again while the token lasts, because the first answer may have been lost.
Any other claim finds the token used.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kernel import changes, outbox
from kernel.clock import utc_now
from kernel.errors import ConfigurationError, NotFound
from kernel.ids import new_id
from kernel.settings import settings
from registry import audit
from registry.assets.service import gateway_key
from registry.gateways import keys, repository, rules
from registry.gateways.errors import (
    EnrolmentTokenExpired,
    EnrolmentTokenUnknown,
    EnrolmentTokenUsed,
    GatewayRevoked,
)
from registry.gateways.events import GatewayLoginsChanged
from registry.gateways.records import managed, seen
from registry.models import EnrolmentToken, Gateway
from registry.permissions import PLATFORM, Principal
from registry.settings import Gateways


@dataclass(frozen=True)
class TokenFacts:
    """An enrolment token; `secret` only in the answer that made it.

    Attributes:
        state: `open`, `used`, `expired` or `revoked`.
    """

    id: str
    gateway_id: str
    state: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_from: str | None
    secret: str | None = None


@dataclass(frozen=True)
class Enrolled:
    """What a machine needs to be a gateway. Secret."""

    gateway_id: str
    name: str
    key: bytes
    key_version: int
    broker_url: str
    broker_ca: str
    own_login: bool
    check_in_seconds: float


def _facts(row: EnrolmentToken, now: datetime, secret: str | None = None) -> TokenFacts:
    if row.used_at is not None:
        state = "used"
    elif row.revoked_at is not None:
        state = "revoked"
    else:
        state = "expired" if row.expires_at <= now else "open"
    return TokenFacts(
        row.id,
        row.gateway_id,
        state,
        row.created_by,
        row.created_at,
        row.expires_at,
        row.used_at,
        row.used_from,
        secret,
    )


def create_token(
    session: Session, actor: Principal, gateway_id: str, hours: int | None = None
) -> TokenFacts:
    """Make a token that turns a machine into this gateway; one made before and not used is void.

    Raises:
        Forbidden, NotFound, GatewayIsRevoked.
    """
    row = managed(session, actor, gateway_id)
    now = utc_now()
    repository.void_tokens(session, gateway_id, now)
    secret = rules.new_enrolment_token()
    token = EnrolmentToken(
        id=new_id("ent"),
        gateway_id=gateway_id,
        token_hash=rules.secret_hash(secret),
        created_by=actor.name,
        created_at=now,
        expires_at=now + timedelta(hours=hours or settings(Gateways).token_hours),
    )
    session.add(token)
    session.flush()
    _note(session, actor, row, "gateway.enrolment_token.create", token.id)
    return _facts(token, now, secret)


def list_tokens(session: Session, actor: Principal, gateway_id: str) -> list[TokenFacts]:
    """Return a gateway's tokens, newest first.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("gateways.read")
    seen(session, actor, gateway_id)
    now = utc_now()
    return [_facts(token, now) for token in repository.tokens(session, gateway_id)]


def revoke_token(session: Session, actor: Principal, gateway_id: str, token_id: str) -> None:
    """End a token that was not used; ending it again changes nothing.

    Raises:
        Forbidden, NotFound, GatewayIsRevoked.
    """
    row = managed(session, actor, gateway_id)
    token = session.get(EnrolmentToken, token_id)
    if token is None or token.gateway_id != gateway_id:
        raise NotFound(f"no enrolment token {token_id}")
    if token.used_at is None and token.revoked_at is None:
        token.revoked_at = utc_now()
        session.flush()
        _note(session, actor, row, "gateway.enrolment_token.revoke", token.id)


def enrol(session: Session, secret: str, claim: str, address: str) -> Enrolled:
    """Use a token; again with the same claim it gives the same answer.

    Raises:
        EnrolmentTokenUnknown, EnrolmentTokenExpired, EnrolmentTokenUsed, GatewayRevoked.
        ConfigurationError: the platform does not know its broker's address.
    """
    token_hash, now = rules.secret_hash(secret), utc_now()
    gateway_id = repository.gateway_of_token(session, token_hash)
    # The gateway first and then its tokens, as everybody does who changes them.
    row = None if gateway_id is None else repository.locked(session, gateway_id)
    token = None if row is None else repository.token_by_hash(session, token_hash)
    if row is None or token is None or token.revoked_at is not None:
        raise EnrolmentTokenUnknown("it was mistyped, or a newer one was made")
    if row.revoked_at is not None:
        raise GatewayRevoked(f"gateway {row.name} was revoked")
    if token.used_at is not None:
        _check_claim(token, row, claim)
    if token.expires_at <= now:
        raise EnrolmentTokenExpired(f"it ended {token.expires_at.isoformat()}")
    if token.used_at is None:
        _use(session, token, row, claim=claim, address=address, now=now)
    assert token.key_version is not None
    return Enrolled(
        gateway_id=row.id,
        name=row.name,
        key=gateway_key(row.id, token.key_version),
        key_version=token.key_version,
        broker_url=keys.broker_url(row.id, token.key_version),
        broker_ca=_broker_ca(),
        own_login=keys.has_own_logins(),
        check_in_seconds=settings(Gateways).check_in_seconds,
    )


def _check_claim(token: EnrolmentToken, row: Gateway, claim: str) -> None:
    same = token.claim_hash is not None and hmac.compare_digest(
        token.claim_hash, rules.secret_hash(claim)
    )
    if not same or token.key_version != row.key_version:
        assert token.used_at is not None
        raise EnrolmentTokenUsed(f"it was used {token.used_at.isoformat()}")


def _use(
    session: Session,
    token: EnrolmentToken,
    row: Gateway,
    *,
    claim: str,
    address: str,
    now: datetime,
) -> None:
    # A new key each time: whoever had the one before is another machine. What that one signed is still
    # taken for a while, because the disk it waits on may be the same.
    keys.replace_key(row, keys.newest_key_version(row) + 1, now)
    row.enrolled_at = now
    if not keys.has_own_logins():
        row.broker_key_version = row.key_version
    token.used_at, token.used_from = now, address
    token.claim_hash, token.key_version = rules.secret_hash(claim), row.key_version
    session.flush()
    keys.attend(session, row.id, now)
    outbox.publish(session, GatewayLoginsChanged(gateway_id=row.id))
    _note(session, PLATFORM, row, "gateway.enrol", token.id)
    changes.announce(session, "gateway", row.id, row.organisation_id)


def _broker_ca() -> str:
    path = settings(Gateways).mqtt_ca_file
    if path is None:
        return ""
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"FOREWARN_GATEWAYS_MQTT_CA_FILE: {path} cannot be read: {error}"
        ) from None


def _note(session: Session, actor: Principal, row: Gateway, action: str, token_id: str) -> None:
    audit.record(
        session,
        actor,
        action,
        "gateway",
        row.id,
        organisation_id=row.organisation_id,
        changes={"enrolment_token": [None, token_id]},
    )
