"""The composition root: who hears what from whom.

Every process that writes is wired before it starts: what it publishes wakes the relay, what it ingests
wakes the scoring. A worker also loads the handlers, because events are delivered there.
"""

from importlib import import_module
from importlib.util import find_spec

from kernel import outbox
from runtime.wake import wake

HANDLER_PACKAGES = ("telemetry", "ingest", "anomaly", "warranty_parts", "work_orders")


def connect_wake_ups() -> None:
    """Make commits that leave work behind announce it; without Redis the sweep finds it."""
    outbox.on_publish(_wake_relay)


def _wake_relay() -> None:
    wake("kernel.relay")


def load_handlers() -> None:
    """Import every package's event handlers, which subscribe as they are imported."""
    for package in HANDLER_PACKAGES:
        # Not every package listens to others.
        if find_spec(f"{package}.handlers"):
            import_module(f"{package}.handlers")
