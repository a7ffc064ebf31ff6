"""Third parties at the platform's broker, and what the database then holds of theirs."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import text

from ingest import service as ingest
from ingest.third_party import service
from kernel.db import Database
from kernel.paging import PageRequest
from registry.permissions import PLATFORM

SECOND = 1_000_000
STARTED = 1_767_225_600_000  # ms
JSON_MAPPING = {
    "kind": "json",
    "timestamp": "$.ts",
    "patterns": [
        {"topic": "devices/+/state", "path": "$.temp", "asset": "{1}", "series": "temp"},
        {"topic": "devices/+/state", "path": "$.note", "asset": "{1}", "series": "note"},
    ],
}
SPARKPLUG_MAPPING = {
    "kind": "sparkplug",
    "rebirth_seconds_min": 1,
    "patterns": [{"asset": "SERIAL", "series": "{metric}"}],
}


class Device:
    """Somebody else's client at the broker, with the messages it was sent."""

    def __init__(self, url: str, *topics: str) -> None:
        parts = urlsplit(url)
        self.heard: list[tuple[str, bytes]] = []
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"device-{uuid4().hex}", protocol=paho.MQTTv5
        )
        self._client.username_pw_set(parts.username, parts.password)
        ready = threading.Event()
        self._client.on_connect = lambda *_: ready.set()
        self._client.on_message = lambda _, __, m: self.heard.append((m.topic, bytes(m.payload)))
        self._client.connect(str(parts.hostname), int(parts.port or 1883))
        self._client.loop_start()
        assert ready.wait(10)
        for topic in topics:
            self._client.subscribe(topic, 1)

    def send(self, topic: str, payload: bytes | dict[str, Any]) -> None:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self._client.publish(topic, data, qos=1).wait_for_publish(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def adopt(database: Database, address: str, site: str, mapping: dict[str, Any]) -> str:
    with database.transaction() as session:
        made = service.adopt_source(
            session, PLATFORM, address=address, name=address, site_id=site, mapping=mapping
        )
    return made.gateway_id


def rows(database: Database) -> list[tuple[str, int, float, int]]:
    """Every stored reading as (series name, ts ms since the start, value, quality), by time."""
    with database.transaction() as session:
        found = session.execute(
            text(
                "SELECT s.name, (extract(epoch FROM r.ts) * 1000)::int8 - :started, r.value, r.quality "
                "FROM telemetry.readings r JOIN telemetry.series s ON s.id = r.series_id "
                "ORDER BY 2, 1"
            ),
            {"started": STARTED},
        )
        return [tuple(row) for row in found]


def counts(database: Database, agent_id: str) -> ingest.Counts:
    with database.transaction() as session:
        return ingest.counts(session, agent_id)


def oddities(database: Database, agent_id: str) -> dict[str, int]:
    with database.transaction() as session:
        sources = ingest.agent_statuses(session, [agent_id])[agent_id].sources
    return dict(sources[0]["oddities"]) if sources else {}


def seen(database: Database) -> dict[tuple[str, str], service.SeenRecord]:
    with database.transaction() as session:
        found = service.list_seen(session, PLATFORM, PageRequest(200)).items
    return {(record.kind, record.address): record for record in found}


def gaps(database: Database) -> list[tuple[str, int, int]]:
    with database.transaction() as session:
        found = session.execute(
            text(
                "SELECT reason, (extract(epoch FROM started_at) * 1000)::int8 - :started, "
                "(extract(epoch FROM ended_at) * 1000)::int8 - :started FROM ingest.gaps ORDER BY 2"
            ),
            {"started": STARTED},
        )
        return [tuple(row) for row in found]
