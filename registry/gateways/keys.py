"""A gateway's key and its login at the broker: changed without losing what the former key signed.

A new key is offered first; it is in force once the gateway has shown that it holds it. What the former one
signed waits on the gateway's disk byte for byte, and is taken until the gateway has nothing left of it, or
the grace period is over. Nothing of a key is stored: key and broker password are derived from the master
secret and the version (ADR 4).
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from urllib.parse import quote, unquote, urlsplit

from sqlalchemy.orm import Session

from kernel import outbox
from kernel.clock import utc_now
from kernel.errors import ConfigurationError
from kernel.settings import Platform, settings
from registry import audit
from registry.changes import require_version
from registry.gateways import repository
from registry.gateways.errors import FormerKeyInUse, NoFormerKey
from registry.gateways.events import GatewayLoginsChanged
from registry.gateways.records import GatewayRecord, managed, record_of
from registry.models import Gateway
from registry.permissions import PLATFORM, Principal
from registry.settings import Gateways

ATTENDED_FOR = timedelta(minutes=10)


def has_own_logins() -> bool:
    """Tell whether each gateway has a login of its own at the broker."""
    return bool(settings(Gateways).broker_admin_url.get_secret_value())


def broker_login(gateway_id: str, key_version: int) -> tuple[str, str]:
    """Return the user name and password that go with a version of a gateway's key."""
    name = f"forewarn gateway broker login\0{gateway_id}\0{key_version}".encode()
    password = hmac.new(settings(Platform).secret(), name, hashlib.sha256).hexdigest()
    return f"{gateway_id}.{key_version}", password


def broker_url(gateway_id: str, key_version: int) -> str:
    """Return the broker's address as a gateway signs in to it.

    Raises:
        ConfigurationError: neither FOREWARN_GATEWAYS_MQTT_URL nor FOREWARN_MQTT_URL is set.
    """
    own = settings(Gateways).mqtt_url
    url = own or settings(Platform).mqtt_url
    if not url:
        raise ConfigurationError("FOREWARN_GATEWAYS_MQTT_URL is not set")
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    if has_own_logins():
        user, password = broker_login(gateway_id, key_version)
    elif own:
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
    else:  # the platform's own login is nobody else's
        user = password = ""
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    return f"{parts.scheme}://{login}{place}"


def rotate_key(
    session: Session,
    actor: Principal,
    gateway_id: str,
    *,
    grace_days: int | None = None,
    expected_version: int | None = None,
) -> GatewayRecord:
    """Offer a gateway a new key; while one is offered, asking again changes nothing.

    Raises:
        Forbidden, NotFound, StaleVersion, GatewayIsRevoked.
        FormerKeyInUse: what the key before the present one signed is still taken.
    """
    row = managed(session, actor, gateway_id)
    require_version(row, expected_version)
    now = utc_now()
    if row.next_key_version is None:
        if row.former_key_until is not None and now < row.former_key_until:
            raise FormerKeyInUse(
                f"key {row.former_key_version} is accepted until {row.former_key_until.isoformat()}"
            )
        row.next_key_version = newest_key_version(row) + 1
        row.key_grace_days = grace_days
        if not has_own_logins():
            row.broker_key_version = row.next_key_version
        session.flush()
        _note(session, actor, row, "gateway.key.offer", [row.key_version, row.next_key_version])
        attend(session, row.id, now)
    return record_of(session, row)


def newest_key_version(row: Gateway) -> int:
    """Return the highest version a gateway's key ever had."""
    return max(row.key_version, row.next_key_version or 0, row.former_key_version or 0)


def confirm_key(session: Session, row: Gateway, now: datetime) -> None:
    """Put the key that was offered in force: the gateway has signed with it."""
    assert row.next_key_version is not None, "a key was offered"
    replace_key(row, row.next_key_version, now)
    session.flush()
    _note(session, PLATFORM, row, "gateway.key.confirm", [row.former_key_version, row.key_version])


def replace_key(row: Gateway, version: int, now: datetime) -> None:
    """Put a version in force and let the present one be the former."""
    days = row.key_grace_days
    if days is None:
        days = settings(Gateways).key_grace_days
    row.former_key_version, row.former_key_until = row.key_version, now + timedelta(days=days)
    row.key_version, row.next_key_version, row.key_grace_days = version, None, None


def end_former_key(
    session: Session, actor: Principal, gateway_id: str, *, expected_version: int | None = None
) -> GatewayRecord:
    """Take nothing any more that the former key signed.

    Raises:
        Forbidden, NotFound, StaleVersion, GatewayIsRevoked, NoFormerKey.
    """
    row = managed(session, actor, gateway_id)
    require_version(row, expected_version)
    now = utc_now()
    if row.former_key_until is None or row.former_key_until <= now:
        raise NoFormerKey(f"gateway {row.name} has one key only")
    end_former(session, actor, row, now)
    return record_of(session, row)


def end_former(session: Session, actor: Principal, row: Gateway, now: datetime) -> None:
    """Let the former key end now."""
    row.former_key_until = now
    session.flush()
    _note(session, actor, row, "gateway.key.end_former", [row.former_key_version, None])


def let_expired_go(session: Session) -> None:
    """Let the broker forget the logins of former keys whose grace period is over."""
    for row in repository.expired_keys(session, utc_now()):
        row.former_key_version = row.former_key_until = None
        session.flush()
        outbox.publish(session, GatewayLoginsChanged(gateway_id=row.id))


def attend(session: Session, gateway_id: str, now: datetime) -> None:
    """Let a gateway check in often for a while: somebody is working on it."""
    repository.locked_link(session, gateway_id).attended_until = now + ATTENDED_FOR


def _note(
    session: Session, actor: Principal, row: Gateway, action: str, versions: list[int | None]
) -> None:
    outbox.publish(session, GatewayLoginsChanged(gateway_id=row.id))
    audit.record(
        session,
        actor,
        action,
        "gateway",
        row.id,
        organisation_id=row.organisation_id,
        changes={"key_version": versions},
    )
