"""OPC UA servers as sources."""

import hashlib
from collections.abc import Callable

from edge_agent.config import EdgeConfig, OpcUaSource
from edge_agent.intake import Intake
from edge_agent.sources.opcua.reader import OpcUaReader
from edge_agent.sources.opcua.security import Security

__all__ = ["OpcUaReader", "Security", "opcua_reader"]


def opcua_reader(
    whole: EdgeConfig,
    config: OpcUaSource,
    first_series: int,
    intake: Intake,
    on_change: Callable[[], None],
) -> OpcUaReader:
    """Return the reader of one server, with the gateway's certificates and a place for its session."""
    buffer = whole.buffer.path
    name = hashlib.sha256(config.name.encode()).hexdigest()[:8]
    return OpcUaReader(
        config,
        first_series,
        intake,
        on_change,
        security=Security(whole.agent, whole.pki),
        session_file=buffer.with_name(f"{buffer.stem}-session-{name}.json"),
    )
