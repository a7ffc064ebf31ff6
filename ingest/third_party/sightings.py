"""Who publishes and is not adopted: counted, with a few of their names, if `Crowd` lets them in."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from ingest.third_party import repository
from ingest.third_party.crowd import ADDRESSES_MAX, NAMESPACE_MAX, Crowd
from ingest.third_party.reader import Message
from ingest.third_party.repository import Sighting
from ingest.third_party.rules import ADDRESS_LENGTH_MAX
from kernel.clock import utc_now
from kernel.db import Database
from kernel.wire.errors import WireError
from kernel.wire.json_devices import parse_document
from kernel.wire.sparkplug import Topic, decode_payload

__all__ = ["ADDRESSES_MAX", "NAMESPACE_MAX", "Sightings"]

NAMES_MAX: Final = 50
NAME_LENGTH_MAX: Final = 100
FORGET_AFTER: Final = timedelta(days=7)
FORGET_EVERY: Final = timedelta(hours=1)


@dataclass
class _Seen:
    messages: int = 0
    names: dict[str, None] = field(default_factory=dict)


class Sightings:
    """Counts in memory, written down now and then."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._crowd = Crowd()
        self._forgot_at = datetime.min.replace(tzinfo=UTC)

    def note_sparkplug(self, topic: Topic, message: Message) -> None:
        """Count a message of an edge node; names come from its births."""
        seen = self._find("sparkplug", f"{topic.group}/{topic.edge_node}")
        if seen is None:
            return
        seen.messages += 1
        if topic.kind.endswith("BIRTH") and len(seen.names) < NAMES_MAX:
            try:
                metrics = decode_payload(message.payload).metrics
            except WireError:
                return
            device = f"{topic.device}/" if topic.device else ""
            self._add_names(seen, [f"{device}{metric.name}" for metric in metrics])

    def note_json(self, message: Message) -> None:
        """Count a message of a device; names are those of the members of its document."""
        seen = self._find("json", message.topic)
        if seen is None:
            return
        seen.messages += 1
        if not seen.names:
            document, _ = parse_document(message.payload)
            if isinstance(document, dict):
                self._add_names(seen, [f"$.{json.dumps(k)[1:-1]}" for k in document])

    def forget(self) -> None:
        """Forget what was not written down; another process counts now."""
        self._seen, self._crowd = {}, Crowd()

    def write_down(self) -> None:
        """Write what was counted since the last time, and forget who was silent for long."""
        seen = self._seen
        now = utc_now()
        if not seen and now - self._forgot_at < FORGET_EVERY:
            return
        with self._database.transaction() as session:
            repository.forget_sightings_before(session, now - FORGET_AFTER)
            self._forgot_at = now
            crowd = Crowd(repository.known_sightings(session))
            admitted = []
            for key in seen:
                let_in, gone = crowd.admit(key)
                if gone is not None:
                    repository.forget_sighting(session, *gone)
                if let_in:
                    admitted.append(key)
            rows = [
                Sighting(*key, seen[key].messages, tuple(seen[key].names))
                for key in admitted
                if key in crowd
            ]
            repository.put_sightings(session, rows, now)
        self.forget()

    def _find(self, kind: str, address: str) -> _Seen | None:
        key = kind, address
        seen = self._seen.get(key)
        if seen is not None:
            return seen
        if len(address) > ADDRESS_LENGTH_MAX or not address.isprintable():
            return None
        let_in, gone = self._crowd.admit(key)
        if gone is not None:
            del self._seen[gone]
        if not let_in:
            return None
        seen = self._seen[key] = _Seen()
        return seen

    @staticmethod
    def _add_names(seen: _Seen, names: list[str]) -> None:
        for name in names:
            if len(seen.names) >= NAMES_MAX:
                return
            seen.names[name[:NAME_LENGTH_MAX].replace("\0", "")] = None
