"""Which logins of a gateway the broker shall know, and bringing it up to that."""

from sqlalchemy.orm import Session

from kernel import changes
from kernel.clock import utc_now
from registry.assets.rules import accepted_key_versions
from registry.gateways import keys, repository
from registry.gateways.broker import sync_logins


def bring_up_to_date(session: Session, gateway_id: str) -> None:
    """Make the broker know a gateway's logins; its next key is offered once it does.

    Raises:
        BrokerUnavailable: the broker is away, or refused.
    """
    if not keys.has_own_logins():
        return
    row = repository.locked(session, gateway_id)
    if row is None:
        return
    wanted: tuple[int, ...] = ()
    if row.revoked_at is None and row.enrolled_at is not None:
        wanted = accepted_key_versions(
            row.key_version,
            row.next_key_version,
            row.former_key_version,
            row.former_key_until,
            utc_now(),
        )
    newest = keys.newest_key_version(row)
    sync_logins(gateway_id, wanted, range(1, newest + 1))
    if wanted and row.broker_key_version != max(wanted):
        row.broker_key_version = max(wanted)
        session.flush()
        changes.announce(session, "gateway", row.id, row.organisation_id)
