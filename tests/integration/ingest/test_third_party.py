"""Sparkplug B nodes and JSON devices that publish to the platform's own broker."""

import json
import math
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from sqlalchemy import text

from ingest import service as ingest
from ingest.errors import AddressTaken
from ingest.third_party import service
from kernel.db import Database
from kernel.errors import InvalidInput, NotFound
from kernel.paging import PageRequest
from kernel.wire.sparkplug import (
    BD_SEQ,
    REBIRTH,
    DataType,
    Metric,
    Payload,
    Scalar,
    decode_payload,
    encode_payload,
)
from registry.permissions import PLATFORM
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.ingest.conftest import consuming
from tests.integration.ingest.devices import (
    JSON_MAPPING,
    SPARKPLUG_MAPPING,
    STARTED,
    Device,
    adopt,
    counts,
    gaps,
    oddities,
    rows,
    seen,
    until,
)


def test_json_devices_are_seen_adopted_read_and_released(
    database: Database,
    mqtt: EmbeddedMqtt,
    place: tuple[str, str, str],
    device: Callable[..., Device],
) -> None:
    _, site, serial = place
    topic = f"devices/{serial}/state"
    with consuming(database, mqtt):
        fan = device()

        def seen_it() -> bool:
            fan.send(topic, {"ts": STARTED, "temp": 1.0})
            return ("json", topic) in seen(database)

        until(seen_it)
        record = seen(database)["json", topic]
        assert record.names == ["$.ts", "$.temp"]
        assert rows(database) == []

        gateway = adopt(database, "devices/#", site, JSON_MAPPING)

        def taken() -> bool:
            fan.send(topic, {"ts": STARTED + 1000, "temp": 20.5})
            return bool(rows(database))

        until(taken)
        fan.send(topic, {"ts": STARTED + 2000, "temp": 21.5, "note": "hot"})
        fan.send(topic, b"{")
        fan.send(topic, b'{"temp": 1, "temp": 2}')
        fan.send(topic, b"[" * 100_000)
        fan.send("devices/nobody/state", {"ts": STARTED, "temp": 3})
        until(lambda: counts(database, gateway).quarantined == 2)
        # The same one again and again is stored as often: at least once is what is claimed.
        assert set(rows(database)) == {("temp", 1000, 20.5, 0), ("temp", 2000, 21.5, 0)}
        until(lambda: counts(database, gateway).taken == counts(database, gateway).stored + 2)
        with database.transaction() as session:
            quarantined = ingest.list_quarantine(
                session, PLATFORM, ingest.QuarantineFilter(gateway), PageRequest(50)
            ).items
            assert {(entry.kind, entry.reason) for entry in quarantined} == {
                ("readings", "text_value"), ("readings", "unknown_series"),
                ("message", "not_json"), ("message", "duplicate_key"), ("message", "too_deep"),
            }  # fmt: skip
            # Scoring reads them as it reads everybody's.
            (head,) = ingest.heads(session)
            frames = ingest.read_frames(session, gateway, head.epoch, "live", 0, 100)
        assert head.lane == "live"
        assert len(frames) == head.next_seq
        assert sum(len(frame.value) for frame in frames) == len(rows(database))

        with database.transaction() as session:
            service.release_source(session, PLATFORM, gateway)

        def unread() -> bool:
            before = counts(database, gateway)
            fan.send(topic, {"ts": STARTED + 9000, "temp": 99.0})
            time.sleep(0.5)
            return counts(database, gateway) == before

        until(unread)


def birth(at: int, temp: float, seq: int = 0, bd_seq: int = 0) -> bytes:
    facts: dict[str, Scalar] = {"engUnit": "°C", "engLow": 0.0, "engHigh": 90.0}
    metrics = (
        Metric(BD_SEQ, bd_seq, DataType.INT64, at),
        Metric("temp", temp, DataType.DOUBLE, at, alias=1, properties=facts),
        Metric("running", True, DataType.BOOLEAN, at, alias=2),  # noqa: FBT003 - its value
        Metric("label", "pump", DataType.STRING, at, alias=3),
    )
    return encode_payload(Payload(at, metrics, seq))


def data(seq: int, at: int, temp: float, *, historical: bool = False) -> bytes:
    metric = Metric("", temp, DataType.DOUBLE, at, alias=1, historical=historical)
    return encode_payload(Payload(at, (metric,), seq))


def node_topic(kind: str) -> str:
    return f"spBv1.0/plant/{kind}/pump-7"


def test_a_sparkplug_node_is_born_read_loses_messages_and_dies(
    database: Database,
    mqtt: EmbeddedMqtt,
    place: tuple[str, str, str],
    device: Callable[..., Device],
) -> None:
    _, site, serial = place
    mapping = json.loads(json.dumps(SPARKPLUG_MAPPING).replace("SERIAL", serial))
    with consuming(database, mqtt):
        node = device(node_topic("NCMD"))

        def seen_it() -> bool:
            node.send(node_topic("NBIRTH"), birth(STARTED, 0.0))
            return ("sparkplug", "plant/pump-7") in seen(database)

        until(seen_it)
        assert seen(database)["sparkplug", "plant/pump-7"].names == [
            BD_SEQ, "temp", "running", "label",
        ]  # fmt: skip
        gateway = adopt(database, "plant/pump-7", site, mapping)
        assert ("sparkplug", "plant/pump-7") not in seen(database)
        until(lambda: node.heard)  # asked to be born again, since nobody knows its aliases
        (metric,) = decode_payload(node.heard[0][1]).metrics
        assert (metric.name, metric.value) == (REBIRTH, True)

        node.send(node_topic("NBIRTH"), birth(STARTED + 1000, 20.0))
        until(lambda: len(rows(database)) == 2)
        assert rows(database) == [("running", 1000, 1.0, 0), ("temp", 1000, 20.0, 0)]
        node.send(node_topic("NDATA"), data(1, STARTED + 2000, 21.0))
        node.send(node_topic("NDATA"), data(1, STARTED + 2000, 21.0))  # delivered twice
        node.send(node_topic("NDATA"), data(2, STARTED + 500, 19.0, historical=True))
        time.sleep(1.1)
        node.send(node_topic("NDATA"), data(7, STARTED + 3000, 22.0))  # 3 to 6 are missing
        until(lambda: len(node.heard) == 2)
        until(lambda: gaps(database) == [("source_gap", 500, 3000)])
        assert [row for row in rows(database) if row[0] == "temp"] == [
            ("temp", 500, 19.0, 0), ("temp", 1000, 20.0, 0), ("temp", 2000, 21.0, 0),
            ("temp", 3000, 22.0, 0),
        ]  # fmt: skip
        with database.transaction() as session:
            lanes = {head.lane: head for head in ingest.heads(session)}
            (history,) = ingest.read_frames(
                session, gateway, lanes["backlog"].epoch, "backlog", 0, 9
            )
            unit = session.execute(
                text("SELECT unit, low, high FROM telemetry.series WHERE name = 'temp'")
            ).one()
        assert history.value.tolist() == [19.0]
        assert tuple(unit) == ("°C", 0.0, 90.0)

        old = encode_payload(Payload(STARTED, (Metric(BD_SEQ, 9, DataType.INT64),)))
        node.send(node_topic("NDEATH"), old)
        death = encode_payload(Payload(STARTED, (Metric(BD_SEQ, 0, DataType.INT64),)))
        node.send(node_topic("NDEATH"), death)
        until(lambda: len(rows(database)) == 7)
        # That nobody reads them now is stored, too.
        assert [(row[0], math.isnan(row[2]), row[3]) for row in rows(database)[5:]] == [
            ("running", True, 0x80310000 - 2**32), ("temp", True, 0x80310000 - 2**32),
        ]  # fmt: skip
        node.send(node_topic("NBIRTH"), birth(STARTED + 5000, 23.0, bd_seq=1))
        until(lambda: ("connection_lost", 3000, 5000) in gaps(database))
        node.send(node_topic("NDATA"), b"\xff\xff")
        until(lambda: oddities(database, gateway).get("inconsistent") == 1)
        told = oddities(database, gateway)
        assert told["sequence_gap"] == told["duplicate"] == told["old_death"] == 1
        assert told["not_a_number"] == 3  # the label, of two births and a death
        counted = counts(database, gateway)
        assert (counted.stored, counted.quarantined) == (9, 0)
        assert counted.taken == 9


def test_of_two_processes_one_listens_and_the_other_takes_over(
    database: Database,
    mqtt: EmbeddedMqtt,
    place: tuple[str, str, str],
    device: Callable[..., Device],
) -> None:
    _, site, serial = place
    gateway = adopt(database, "devices/#", site, JSON_MAPPING)
    topic, fan = f"devices/{serial}/state", device()
    sent: list[float] = []

    def send_until_stored(value: float) -> None:
        def stored() -> bool:
            fan.send(topic, {"ts": STARTED + len(sent) * 10, "temp": value})
            sent.append(value)
            time.sleep(0.1)
            return any(row[2] == value for row in rows(database))

        until(stored)

    with ExitStack() as stack:
        first = stack.enter_context(consuming(database, mqtt))
        send_until_stored(1.0)
        stack.enter_context(consuming(database, mqtt))
        for number in range(20):
            fan.send(topic, {"ts": STARTED + 60_000 + number, "temp": 100.0 + number})
        until(lambda: sum(row[2] >= 100 for row in rows(database)) == 20)
        first.stop()
        send_until_stored(2.0)
    with consuming(database, mqtt):
        send_until_stored(3.0)
    with database.transaction() as session:
        (head,) = ingest.heads(session)
        frames = ingest.read_frames(session, gateway, head.epoch, "live", 0, 1000)
    assert sum(len(frame.value) for frame in frames) == len(rows(database))
    assert sum(row[2] >= 100 for row in rows(database)) == 20
    assert counts(database, gateway).quarantined == 0


def test_adopting_is_refused_with_a_reason(database: Database, place: tuple[str, str, str]) -> None:
    _, site, _ = place
    adopt(database, "devices/#", site, JSON_MAPPING)
    pattern = {"topic": "devices/+/state", "path": "$.x", "asset": "{1}", "series": "x"}
    wrong: list[tuple[str, dict[str, Any], type[Exception], str]] = [
        ("devices/a/#", {"kind": "json", "patterns": [{**pattern, "topic": "devices/a/state", "asset": "a"}]},
         AddressTaken, "adopted already"),
        ("devices/#", JSON_MAPPING, AddressTaken, "adopted already"),
        ("fw/v1/#", JSON_MAPPING, InvalidInput, "first level"),
        ("#", JSON_MAPPING, InvalidInput, "first level"),
        ("a/#/b", JSON_MAPPING, InvalidInput, "topic filter"),
        ("other/#", JSON_MAPPING, InvalidInput, "not within"),
        ("a" * 600, JSON_MAPPING, InvalidInput, "printable"),
        ("plant", SPARKPLUG_MAPPING, InvalidInput, "group/node"),
        ("plant/+", SPARKPLUG_MAPPING, InvalidInput, "group/node"),
        ("x/#", {"kind": "json", "patterns": []}, InvalidInput, "patterns"),
        ("x/#", {"kind": "modbus"}, InvalidInput, "mapping"),
        ("x/#", {"kind": "json", "patterns": [{**pattern, "asset": "{2}"}]}, InvalidInput, "placeholder"),
        ("x/#", {"kind": "json", "patterns": [{**pattern, "path": "$["}]}, InvalidInput, "JSON path"),
    ]  # fmt: skip
    for address, mapping, error, words in wrong:
        with pytest.raises(error, match=words):
            adopt(database, address, site, mapping)
    with pytest.raises(NotFound):
        adopt(database, "y/z", "site_none", SPARKPLUG_MAPPING)
    with suppress(AddressTaken), database.transaction() as session:
        assert len(service.list_sources(session, PLATFORM, PageRequest(10)).items) == 1
