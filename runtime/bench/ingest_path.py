"""How fast one ingest process commits, from the broker to the database, beside a raw COPY of the same rows.

A gateway is made, its frames are signed beforehand and sent through the real broker with a window of
unacknowledged ones; the clock runs from the first frame sent to the last one acknowledged after its commit.
Then the same rows, in the order of the index and in transactions of the same size, are copied into the same
table, into a day that is as empty as the first one was.
"""

import os
import tempfile
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
import paho.mqtt.client as paho
import psycopg
from numpy.typing import NDArray
from paho.mqtt.enums import CallbackAPIVersion

from kernel.db import Database, engine_for
from kernel.errors import Unavailable
from kernel.settings import forget_settings
from kernel.wire.frames import Frame, ack_topic, encode_frame, frame_topic, schema_topic
from kernel.wire.messages import Schema, Tag, decode_ack, encode_schema
from kernel.wire.mqtt_address import MqttAddress
from migrations import run as migrations
from registry.assets import service as assets
from registry.gateways import service as gateways
from registry.organisations import service as organisations
from registry.permissions import PLATFORM
from registry.product_models import service as product_models
from registry.sites import service as sites
from runtime.bench.figures import Figure
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres, new_password
from runtime.embedded.service import free_port, running
from runtime.supervisor.applications import forewarn
from telemetry import service as telemetry
from telemetry.service import ReadingColumns

ROWS: Final = 1_500_000
FRAME_ROWS: Final = 500
TAGS: Final = 200
SAMPLING_US: Final = 20_000
# Enough for the broker to have the next frames at hand while a batch is committed.
FRAMES_UNACKED_MAX: Final = 400
COMMIT_READINGS: Final = 50_000
_SECONDS_MAX: Final = 300.0
_AWAY_DAYS_US: Final = 40 * 86_400_000_000
_AWAY_SERIES: Final = 1_000_000_000


@dataclass
class _Sender:
    """A gateway's connection: sends frames, counts acks."""

    agent: str
    key: bytes
    acked: set[int] = field(default_factory=set)
    ready: threading.Event = field(default_factory=threading.Event)

    def connect(self, mqtt_url: str) -> paho.Client:
        address = MqttAddress.parse(mqtt_url)
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"bench-{uuid4().hex}", protocol=paho.MQTTv5
        )
        client.max_inflight_messages = 2 * FRAMES_UNACKED_MAX
        client.username_pw_set(address.user, address.password)
        client.on_connect = lambda c, *_: c.subscribe(ack_topic(self.agent), 1)
        client.on_subscribe = lambda *_: self.ready.set()
        client.on_message = self._arrived
        client.connect(address.host, address.port)
        client.loop_start()
        if not self.ready.wait(10):
            raise Unavailable("the broker did not grant the subscription")
        return client

    def _arrived(self, _: Any, __: Any, message: paho.MQTTMessage) -> None:
        ack = decode_ack(bytes(message.payload), lambda _: self.key)
        if ack.verdict == "stored":
            for first, last in ack.seqs:
                self.acked.update(range(first, last + 1))


def measure(
    database_url: str, mqtt_url: str, rows: int = ROWS, frame_rows: int = FRAME_ROWS
) -> dict[str, float]:
    """Measure a running ingest process on an otherwise idle platform.

    Args:
        database_url: the application's.
        mqtt_url: the broker as a gateway signs in to it.
        rows: readings sent.
        frame_rows: readings in a frame.

    Returns:
        `readings_per_second` committed, `copy_per_second` of the raw COPY, their `ratio`, and `rows`.
    """
    database = Database(engine_for(database_url, pool_size=2))
    try:
        agent, key, serial_number = _make_gateway(database)
        tags = tuple(Tag(f"t{n}", serial_number, f"t{n}") for n in range(TAGS))
        schema = Schema(agent, tags)
        columns = _readings(rows)
        frames = _frames(schema, key, columns, frame_rows)
        seconds = _send(mqtt_url, schema, key, frames)
        copied_in = _copy(database, columns)
    finally:
        database.dispose()
    return {
        "readings_per_second": rows / seconds,
        "copy_per_second": rows / copied_in,
        "ratio": copied_in / seconds,
        "rows": float(rows),
    }


def figures(rows: int = ROWS) -> list[Figure]:
    """Start a database, a broker and one ingest process of their own, and measure."""
    with _platform() as (database_url, mqtt_url):
        measured = measure(database_url, mqtt_url, rows)
    return [
        Figure(
            "readings committed by one ingest process",
            measured["readings_per_second"],
            "1/s",
            measured["copy_per_second"],
            rows=rows,
            clients=1,
            path=f"broker, frames of {FRAME_ROWS}, one transaction for ledger, readings, frames and "
            "latest values; against a raw binary COPY of the same rows",
        )
    ]


def _make_gateway(database: Database) -> tuple[str, bytes, str]:
    mark = uuid4().hex[:8]
    with database.transaction() as session:
        top = organisations.find_manufacturer(session) or organisations.create_manufacturer(
            session, PLATFORM, "Bench"
        )
        owner = organisations.create_organisation(
            session, PLATFORM, kind="customer", name=f"Bench {mark}", parent_id=top.id
        )
        site = sites.create_site(
            session, PLATFORM, organisation_id=owner.id, name="Bench", time_zone="UTC"
        )
        model = product_models.create_model(
            session, PLATFORM, code=f"B-{mark}", name="Bench", equipment_class="pump"
        )
        asset = assets.register_asset(
            session,
            PLATFORM,
            serial_number=f"BENCH-{mark}",
            name="Bench",
            model_id=model.id,
            organisation_id=owner.id,
            site_id=site.id,
        )
        gateway, key = gateways.create_gateway(session, PLATFORM, "Bench", site.id)
    return gateway.id, key, asset.serial_number


def _readings(rows: int) -> ReadingColumns:
    """All tags sampled together every 20 ms, up to now; the series are tag numbers still."""
    now = time.time_ns() // 1000
    index = np.arange(rows)
    ts = now - (rows - index) // TAGS * SAMPLING_US
    return ReadingColumns(
        (index % TAGS).astype(np.int32),
        ts,
        np.random.default_rng(1).normal(size=rows).round(3),
        np.zeros(rows, np.uint32),
        ts,
        now,
    )


def _frames(schema: Schema, key: bytes, columns: ReadingColumns, frame_rows: int) -> list[bytes]:
    epoch, result = uuid4(), []
    for seq, start in enumerate(range(0, len(columns), frame_rows)):
        rows = slice(start, start + frame_rows)
        ts = columns.ts_us[rows].tolist()
        frame = Frame(
            agent=schema.agent,
            epoch=epoch,
            lane="live",
            seq=seq,
            schema_hash=schema.hash,
            cut_at_us=ts[-1],
            series=array("I", columns.series_id[rows].tolist()),
            ts=array("q", ts),
            server_ts=array("q", ts),
            edge_ts=array("q", ts),
            value=array("d", columns.value[rows].tolist()),
            quality=array("I", columns.quality[rows].tolist()),
        )
        result.append(encode_frame(frame, key))
    return result


def _send(mqtt_url: str, schema: Schema, key: bytes, frames: list[bytes]) -> float:
    sender = _Sender(schema.agent, key)
    client = sender.connect(mqtt_url)
    deadline = time.monotonic() + _SECONDS_MAX

    def wait_for(acked: int) -> None:
        while len(sender.acked) < acked:
            if time.monotonic() > deadline:
                raise Unavailable(f"{len(sender.acked)} of {len(frames)} frames were acknowledged")
            time.sleep(0.001)

    try:
        client.publish(schema_topic(schema.agent), encode_schema(schema, key), qos=1)
        # The first one is not counted: the process resolves the schema and warms up with it.
        client.publish(frame_topic(schema.agent), frames[0], qos=1)
        wait_for(1)
        began = time.perf_counter()
        for number, frame in enumerate(frames[1:], 1):
            wait_for(number - FRAMES_UNACKED_MAX)
            client.publish(frame_topic(schema.agent), frame, qos=1)
        wait_for(len(frames))
        return (time.perf_counter() - began) * len(frames) / max(1, len(frames) - 1)
    finally:
        client.disconnect()
        client.loop_stop()


def _copy(database: Database, columns: ReadingColumns) -> float:
    """Copy the rows into days of their own, under series that do not exist; return the seconds."""

    def away(rows: slice) -> ReadingColumns:
        ts: NDArray[np.int64] = columns.ts_us[rows] - _AWAY_DAYS_US
        return ReadingColumns(
            columns.series_id[rows] + np.int32(_AWAY_SERIES),
            ts,
            columns.value[rows],
            columns.quality[rows],
            ts,
            columns.recorded_at_us,
        ).by_series_and_time()

    batches = [
        away(slice(start, start + COMMIT_READINGS))
        for start in range(0, len(columns), COMMIT_READINGS)
    ]
    for batch in batches:
        telemetry.ensure_partitions(database.engine, batch)
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        began = time.perf_counter()
        for batch in batches:
            with connection.transaction():
                telemetry.copy_readings(connection, batch)
        return time.perf_counter() - began


@contextmanager
def _platform() -> Iterator[tuple[str, str]]:
    """Start what is measured; yields the application's database and the broker as a gateway sees it."""
    with tempfile.TemporaryDirectory(prefix="forewarn-bench-") as name:
        folder = Path(name)
        postgres = EmbeddedPostgres(folder / "postgres", free_port(), new_password())
        postgres.initialise()
        mqtt = EmbeddedMqtt(
            folder / "mqtt", free_port(), {user: new_password() for user in ("platform", "edge")}
        )
        with running(postgres.service(), folder), running(mqtt.service(), folder):
            owner, app = new_password(), new_password()
            postgres.provision(owner, app)
            migrations.upgrade(postgres.url(OWNER_ROLE, owner), postgres.url(APP_ROLE, app))
            environment = {
                "FOREWARN_CONFIG": str(folder / "none.toml"),
                "FOREWARN_DATABASE_URL": postgres.url(APP_ROLE, app),
                "FOREWARN_MQTT_URL": mqtt.url("platform"),
                "FOREWARN_REDIS_URL": "",
                "FOREWARN_SECRET_KEY": new_password(),
            }
            ingest = forewarn(
                "ingest", "ingest", "run", environment=environment, heartbeat_dir=folder
            )
            with _settings(environment), running(ingest, folder):
                yield environment["FOREWARN_DATABASE_URL"], mqtt.url("edge")


@contextmanager
def _settings(environment: dict[str, str]) -> Iterator[None]:
    kept = dict(os.environ)
    os.environ.update(environment)
    forget_settings()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
        forget_settings()
