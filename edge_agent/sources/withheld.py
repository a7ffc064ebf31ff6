"""A source that is not read, because the login kept for it is not for the server it names."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from edge_agent.config import JsonSource, OpcUaSource, SparkplugSource
from edge_agent.errors import SecretWithheld
from edge_agent.sources.source import Health
from kernel.log import get_logger

_KINDS: Final[Mapping[type, str]] = {
    OpcUaSource: "opcua",
    JsonSource: "mqtt_json",
    SparkplugSource: "sparkplug",
}

_log = get_logger(__name__)


class WithheldReader:
    """Says why, and connects to nothing."""

    def __init__(
        self,
        config: OpcUaSource | JsonSource | SparkplugSource,
        why: SecretWithheld,
        on_change: Callable[[], None],
    ) -> None:
        self._health = Health(config.name, _KINDS[type(config)], len(config.tags), on_change)
        self._health.become("lost", why.code, why.detail)
        self._name = config.name
        self._why = why

    async def run(self) -> None:
        """Wait until cancelled."""
        _log.warning("a source is not read", source=self._name, code=self._why.code,
                     reason=self._why.detail)  # fmt: skip
        await asyncio.Event().wait()

    def report(self) -> dict[str, Any]:
        """Return how it is."""
        return self._health.report()
