"""An ingest process without its broker: the test says which messages make up a transaction."""

import threading
from collections.abc import Iterable

from ingest import metrics
from ingest.commit import Receipt
from ingest.delivery import Delivery
from ingest.inbox import Message
from ingest.patience import Patience
from ingest.preparation import Preparation, Work
from ingest.settings import Ingest
from kernel.db import Database
from kernel.wire.frames import Frame
from kernel.wire.messages import encode_schema
from tests.integration.ingest.edge import Plant


class Replica:
    """Preparation and delivery, in the caller's thread."""

    def __init__(self, database: Database, **settings: object) -> None:
        chosen = Ingest(**settings)  # type: ignore[arg-type]
        self.stop = threading.Event()
        self.preparation = Preparation(database, chosen, Patience(self.stop))
        self.delivery = Delivery(database, chosen, Patience(self.stop))

    def announce(self, plant: Plant) -> None:
        self.preparation.add(
            Work(), Message(plant.agent, "schema", encode_schema(plant.schema, plant.key), 1, 0)
        )

    def prepared(self, plant: Plant, *frames: Frame) -> Work:
        """The frames as one piece of work."""
        return self.prepared_bytes(plant, map(plant.bytes_of, frames))

    def prepared_bytes(self, plant: Plant, payloads: Iterable[bytes]) -> Work:
        work = Work()
        for payload in payloads:
            self.preparation.add(work, Message(plant.agent, "frames", payload, 1, 0))
        return self.preparation.seal(work)

    def receive(self, plant: Plant, *frames: Frame) -> list[Receipt]:
        """Commit the frames in one transaction, schema first."""
        self.announce(plant)
        return self.delivery.deliver(self.prepared(plant, *frames))

    def verdicts(self, plant: Plant, *frames: Frame) -> list[str]:
        return [a.verdict for receipt in self.receive(plant, *frames) for a in receipt.answers]


def metric(name: str, **labels: str) -> float:
    """A metric of this process."""
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0
