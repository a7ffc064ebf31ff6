"""The composition root: who hears what from whom.

Every process that writes is wired before it starts: what it publishes wakes the relay, what it ingests
wakes the scoring. A worker also loads the handlers, because events are delivered there.
"""

from collections.abc import Collection
from importlib import import_module
from importlib.util import find_spec

from kernel import outbox
from kernel.settings import settings
from runtime.wake import wake

HANDLER_PACKAGES = ("registry", "telemetry", "ingest", "anomaly", "warranty_parts", "work_orders")


def connect_wake_ups() -> None:
    """Make commits that leave work behind announce it; without Redis the sweep finds it."""
    outbox.on_publish(_wake_relay)


def connect_ingest() -> None:
    """Make an ingest process wake scoring after its commits."""
    from ingest.announcer import on_frames_committed

    connect_wake_ups()
    on_frames_committed(wake_scoring)


def wake_scoring(agent_ids: Collection[str]) -> None:
    """Ask for the shards of these gateways to be scored."""
    from anomaly.settings import AnomalySettings
    from anomaly.shards import shard_of

    shards = settings(AnomalySettings).shards
    for shard in sorted({shard_of(agent_id, shards) for agent_id in agent_ids}):
        wake("anomaly.score_shard", shard)


def load_handlers() -> None:
    """Import every package's event handlers, which subscribe as they are imported."""
    for package in HANDLER_PACKAGES:
        # Not every package listens to others.
        if find_spec(f"{package}.handlers"):
            import_module(f"{package}.handlers")


def _wake_relay() -> None:
    wake("kernel.relay")


def connect_edge_model() -> None:
    """Let a process that writes configurations for gateways check them as a gateway does."""
    from edge_agent.managed import document
    from registry.gateways.model import ConfigurationModel, Document, Fault, use_model

    def faults(given: Document) -> list[Fault]:
        return [Fault(**vars(fault)) for fault in document.faults_of(given)]

    use_model(ConfigurationModel(faults, document.redacted, document.schema))
