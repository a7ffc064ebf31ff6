"""Which gateways there are, remembered for a moment: every message asks, and revoking must act at once."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from kernel.db import Database
from kernel.wire.envelope import is_agent
from registry.assets import service as assets
from registry.assets.service import GatewayFacts

REMEMBER_SECONDS: Final = 1.0
# Names in topics cost a stranger nothing; they must not cost memory either.
REMEMBERED_MAX: Final = 10_000


class Gateways:
    """Gateways by id, at most a second old."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[float, GatewayFacts | None]] = OrderedDict()

    def get(self, agent_id: str) -> GatewayFacts | None:
        """Return a gateway, revoked or not, or None; a topic may name what no gateway can be called."""
        now = self._monotonic()
        known = self._known.get(agent_id)
        if known is None and not is_agent(agent_id):
            return None
        if known is None or now - known[0] > REMEMBER_SECONDS:
            with self._database.transaction() as session:
                known = now, assets.find_gateway(session, agent_id)
            self._known[agent_id] = known
            self._known.move_to_end(agent_id)
            while len(self._known) > REMEMBERED_MAX:
                self._known.popitem(last=False)
        return known[1]

    def key(self, agent_id: str) -> bytes | None:
        """Return the key a gateway is answered with; a revoked one still has it, to be told so."""
        gateway = self.get(agent_id)
        return None if gateway is None else assets.gateway_key(gateway.id, gateway.key_version)

    def keys(self, agent_id: str) -> tuple[bytes, ...] | None:
        """Return the keys a gateway may sign with: the one in force first, then those around a change."""
        gateway = self.get(agent_id)
        return None if gateway is None else assets.gateway_keys(gateway)
