"""What the registry does when it hears of its own changes: logins at the broker follow the database."""

from sqlalchemy.orm import Session

from kernel.outbox import subscribe
from registry.gateways import logins
from registry.gateways.events import GatewayLoginsChanged


@subscribe(GatewayLoginsChanged, "registry.sync_broker_logins")
def sync_broker_logins(session: Session, event: GatewayLoginsChanged) -> None:
    """Make the broker know the gateway's logins as they are now; tried again while it is away."""
    logins.bring_up_to_date(session, event.gateway_id)
