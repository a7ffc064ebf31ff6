"""Which logins of a gateway the broker shall know, and bringing it up to that."""

from datetime import datetime

from sqlalchemy.orm import Session

from kernel import changes, outbox
from kernel.clock import utc_now
from kernel.log import get_logger
from registry.assets.rules import accepted_key_versions
from registry.gateways import keys, repository
from registry.gateways.broker import broker_logins
from registry.gateways.events import GatewayLoginsChanged
from registry.models import Gateway

log = get_logger(__name__)


def bring_up_to_date(session: Session, gateway_id: str) -> None:
    """Make the broker know a gateway's logins; its next key is offered once it does.

    Raises:
        BrokerUnavailable: the broker is away, or refused.
    """
    if not keys.has_own_logins():
        return
    # One at a time for each gateway; what changes meanwhile is done by its own event, after this one. The
    # gateway's row is not locked: a broker that hangs must not keep the gateway from checking in.
    repository.lock_logins(session, gateway_id)
    row = repository.gateway(session, gateway_id)
    if row is None:
        return
    wanted = _wanted(row, utc_now())
    with broker_logins() as broker:
        broker.sync(gateway_id, wanted, _known(row))
    row = repository.locked(session, gateway_id)
    if row is not None and wanted and row.broker_key_version != max(wanted):
        row.broker_key_version = max(wanted)
        session.flush()
        changes.announce(session, "gateway", row.id, row.organisation_id)


def find_deviations(session: Session) -> list[str]:
    """Have the logins mended of all gateways whose logins at the broker are not as they shall be.

    An earlier version of this program made roles that refuse less; the broker's file may have been lost, or
    changed by hand.

    Returns:
        The gateways' ids.

    Raises:
        BrokerUnavailable: the broker is away, or refused.
    """
    if not keys.has_own_logins():
        return []
    now = utc_now()
    rows = repository.enrolled(session)
    wanted = {row.id: _wanted(row, now) for row in rows}
    known = {row.id: _known(row) for row in rows}
    with broker_logins() as broker:
        found = list(broker.deviating(wanted, known))
    for gateway_id in found:
        outbox.publish(session, GatewayLoginsChanged(gateway_id=gateway_id))
    if found:
        log.warning("logins at the broker were not as they shall be", gateways=len(found))
    return found


def _wanted(row: Gateway, now: datetime) -> tuple[int, ...]:
    if row.revoked_at is not None or row.enrolled_at is None:
        return ()
    return accepted_key_versions(
        row.key_version, row.next_key_version, row.former_key_version, row.former_key_until, now
    )


def _known(row: Gateway) -> range:
    return range(1, keys.newest_key_version(row) + 1)
