"""Facts about gateways."""

from typing import ClassVar

from kernel.events import Event


class GatewayLoginsChanged(Event):
    """Which logins of a gateway the broker shall know has changed."""

    topic: ClassVar[str] = "registry.gateway_logins_changed"

    gateway_id: str
