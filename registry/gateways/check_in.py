"""A gateway's check-in: what it says of itself is kept, and it is told what to do."""

import json
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from kernel import changes
from kernel.clock import utc_now
from kernel.log import get_logger
from kernel.settings import settings
from kernel.wire.control import (
    CheckIn,
    Configuration,
    NextKey,
    Orders,
    decode_check_in,
    encode_orders,
)
from kernel.wire.envelope import agent_of
from kernel.wire.errors import BadSignature, Inconsistent
from registry import audit
from registry.assets.rules import accepted_key_versions
from registry.assets.service import gateway_key
from registry.gateways import browsing, keys, repository, rules
from registry.gateways.errors import CounterTooHigh, GatewayRevoked, NotOfThisGateway, StaleCounter
from registry.gateways.model import model
from registry.models import Gateway, GatewayLink
from registry.permissions import PLATFORM
from registry.settings import Gateways

log = get_logger(__name__)

# While somebody works on the gateway, or it has not done yet what it was told.
SOON_SECONDS: Final = 2.0
_US: Final = 1_000_000
# A gateway counts in its clock's microseconds; one that is further ahead than a day is told where to go on.
_COUNTER_STEP_MAX: Final = 86_400 * _US
_REPORTED: Final = ("configuration_version", "configuration_state", "configuration_detail")


def check_in(session: Session, data: bytes) -> bytes:
    """Take a gateway's check-in and return its orders; both signed.

    Raises:
        WireError: the bytes are no check-in.
        NotOfThisGateway: no present key of a gateway of that name made the signature.
        GatewayRevoked: the gateway is not ours any more.
        StaleCounter: the same check-in, or a later one, came before; `counter` is the last one taken.
        CounterTooHigh: taken, it would keep the gateway out; `counter` is where to go on.
    """
    agent_id = agent_of(data)
    row = repository.locked(session, agent_id)
    now = utc_now()
    if row is None:
        raise NotOfThisGateway("the signature is no gateway's")
    message, version = _verified(row, data, now)
    if row.revoked_at is not None:
        raise GatewayRevoked(f"gateway {row.name} was revoked {row.revoked_at.isoformat()}")
    link = repository.locked_link(session, row.id)
    _check_counter(link, version, message.counter, now)
    link.counter, link.key_version = message.counter, version
    _take_key(session, row, message, version, now)
    _take_report(session, row, link, message, now)
    if message.browsed is not None:
        browsing.put_answer(session, row, message.browsed, now)
    session.flush()
    orders = _orders(session, row, link, message, now)
    return encode_orders(orders, gateway_key(row.id, version))


def _verified(row: Gateway, data: bytes, now: datetime) -> tuple[CheckIn, int]:
    """Return the check-in and the version of the key that signed it: the one in force, or the one offered.

    A former key is for readings that wait on a disk. Whoever checks in with it is another machine, which the
    present one has replaced; or one that has the next key too, and uses that when this one is refused.
    """
    for version in accepted_key_versions(row.key_version, row.next_key_version, None, None, now):
        try:
            return decode_check_in(data, lambda _, v=version: gateway_key(row.id, v)), version  # type: ignore[misc]  # bound now
        except BadSignature:
            continue
    raise NotOfThisGateway("the signature is no gateway's")


def _check_counter(link: GatewayLink, version: int, counter: int, now: datetime) -> None:
    """Refuse a counter that was taken with this key before, or that nobody could go on from.

    Each key has a count of its own: with a new one nothing counts that was said with another.
    """
    taken = link.counter if link.key_version == version else 0
    if counter <= taken:
        raise StaleCounter("check in again with a higher counter", counter=taken)
    start = max(taken, int(now.timestamp() * _US))
    if counter > start + _COUNTER_STEP_MAX:
        raise CounterTooHigh("check in again with the next counter", counter=start)


def _take_key(
    session: Session, row: Gateway, message: CheckIn, version: int, now: datetime
) -> None:
    if version == row.next_key_version:
        keys.confirm_key(session, row, now)
        changes.announce(session, "gateway", row.id, row.organisation_id)
    in_grace = row.former_key_until is not None and now < row.former_key_until
    if in_grace and version == row.key_version and not message.former_key_needed:
        keys.end_former(session, PLATFORM, row, now)


def _take_report(
    session: Session, row: Gateway, link: GatewayLink, message: CheckIn, now: datetime
) -> None:
    said = message.configuration
    before = [getattr(link, name) for name in _REPORTED]
    link.checked_in_at = now
    link.program_version = message.program_version
    link.configuration_version = said.version or None
    link.configuration_state, link.configuration_detail = said.state, said.detail
    link.refused_version = said.refused_version or None
    link.digest = said.digest or None
    if not _has_own_document(link):
        link.document = link.document_digest = None
    elif message.document is not None:
        link.document, link.document_digest = _document(message.document), link.digest
    after = [getattr(link, name) for name in _REPORTED]
    if before != after:
        link.configuration_since = now
        _note(session, row, link, before[0])


def _has_own_document(link: GatewayLink) -> bool:
    """Tell whether a gateway runs something the platform did not give it."""
    return link.digest is not None and (
        link.configuration_state == "drifted" or link.configuration_version is None
    )


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text.replace("\\u0000", ""))
    except (ValueError, RecursionError):
        raise Inconsistent("the document is not JSON") from None
    if not isinstance(document, dict):
        raise Inconsistent("the document is no object")
    return model().redacted(document)


def _note(session: Session, row: Gateway, link: GatewayLink, former: int | None) -> None:
    log.info("a gateway's configuration changed", gateway=row.id, state=link.configuration_state,
             version=link.configuration_version, detail=link.configuration_detail)  # fmt: skip
    audit.record(
        session,
        PLATFORM,
        f"gateway.configuration.{link.configuration_state}",
        "gateway",
        row.id,
        organisation_id=row.organisation_id,
        changes={"applied_version": [former, link.configuration_version]},
        reason=link.configuration_detail or None,
    )
    changes.announce(session, "gateway", row.id, row.organisation_id)


def _orders(
    session: Session, row: Gateway, link: GatewayLink, message: CheckIn, now: datetime
) -> Orders:
    configuration = _wanted(session, row, link)
    next_key = _next_key(row)
    browse = browsing.waiting(session, row.id, now)
    attended = link.attended_until is not None and now < link.attended_until
    soon = attended or configuration is not None or next_key is not None or browse is not None
    return Orders(
        agent=row.id,
        nonce=message.nonce,
        server_time_us=int(now.timestamp() * _US),
        again_seconds=SOON_SECONDS if soon else settings(Gateways).check_in_seconds,
        configuration=configuration,
        document_wanted=_has_own_document(link) and link.document_digest != link.digest,
        next_key=next_key,
        browse=browse,
    )


def _wanted(session: Session, row: Gateway, link: GatewayLink) -> Configuration | None:
    wanted = row.configuration_version
    if wanted is None or wanted in {link.configuration_version, link.refused_version}:
        return None
    version = repository.configuration(session, row.id, wanted)
    assert version is not None  # written together with the number
    return Configuration(
        wanted, rules.digest_of(version.document), rules.canonical(version.document)
    )


def _next_key(row: Gateway) -> NextKey | None:
    version = row.next_key_version
    if version is None or row.broker_key_version < version:
        return None
    return NextKey(version, gateway_key(row.id, version), keys.broker_url(row.id, version))
