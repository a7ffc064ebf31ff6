"""What third parties may have said while nobody listened is on record, as far as anybody can know it."""

from collections.abc import Callable

from ingest.third_party import service
from kernel.db import Database
from kernel.wire.sparkplug import BD_SEQ, DataType, Metric, Payload, encode_payload
from registry.permissions import PLATFORM
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.ingest.conftest import consuming
from tests.integration.ingest.devices import (
    JSON_MAPPING,
    SPARKPLUG_MAPPING,
    STARTED,
    Device,
    adopt,
    gaps,
    rows,
    until,
)

Place = tuple[str, str, str]


def birth(at: int, temp_at: int, temp: float) -> bytes:
    metrics = (
        Metric(BD_SEQ, 0, DataType.INT64, at),
        Metric("temp", temp, DataType.DOUBLE, temp_at, alias=1),
    )
    return encode_payload(Payload(at, metrics, 0))


def data(seq: int, at: int, temp: float) -> bytes:
    return encode_payload(Payload(at, (Metric("", temp, DataType.DOUBLE, at, alias=1),), seq))


def test_a_node_that_went_on_while_ingest_was_away_has_a_gap(
    database: Database, mqtt: EmbeddedMqtt, place: Place, device: Callable[..., Device]
) -> None:
    _, site, serial = place
    pattern = {"asset": serial, "series": "{metric}"}
    adopt(database, "plant/pump-9", site, {**SPARKPLUG_MAPPING, "patterns": [pattern]})
    node = device("spBv1.0/plant/NCMD/pump-9")

    def said(kind: str, payload: bytes) -> None:
        node.send(f"spBv1.0/plant/{kind}/pump-9", payload)

    with consuming(database, mqtt):
        until(lambda: node.heard)
        said("NBIRTH", birth(STARTED + 1000, STARTED + 1000, 1.0))
        said("NDATA", data(1, STARTED + 2000, 2.0))
        until(lambda: len(rows(database)) == 2)
        assert gaps(database) == []
    said("NDATA", data(2, STARTED + 3000, 3.0))  # nobody hears it
    asked = len(node.heard)
    with consuming(database, mqtt):
        until(lambda: len(node.heard) > asked)
        said("NDATA", data(3, STARTED + 4000, 4.0))  # its alias says nothing to anybody
        said("NBIRTH", birth(STARTED + 9000, STARTED + 4000, 4.0))
        said("NDATA", data(1, STARTED + 10_000, 5.0))
        until(lambda: len(rows(database)) == 4)
        assert gaps(database) == [("connection_lost", 2000, 9000)]
    asked = len(node.heard)
    with consuming(database, mqtt):
        until(lambda: len(node.heard) > asked)
        # A birth repeats what was heard before the restart; that is not stored again.
        said("NBIRTH", birth(STARTED + 11_000, STARTED + 10_000, 5.0))
        said("NDATA", data(1, STARTED + 12_000, 6.0))
        until(lambda: any(row[1] == 12_000 for row in rows(database)))
    assert [row[1:3] for row in rows(database)] == [
        (1000, 1.0), (2000, 2.0), (4000, 4.0), (10_000, 5.0), (12_000, 6.0),
    ]  # fmt: skip
    assert gaps(database) == [("connection_lost", 2000, 9000), ("connection_lost", 10_000, 11_000)]


def test_json_devices_have_a_gap_from_the_last_before_to_the_first_after(
    database: Database, mqtt: EmbeddedMqtt, place: Place, device: Callable[..., Device]
) -> None:
    _, site, serial = place
    gateway = adopt(database, "devices/#", site, JSON_MAPPING)
    fan, topic = device(), f"devices/{serial}/state"

    def stored(at: int) -> None:
        fan.send(topic, {"ts": STARTED + at, "temp": float(at)})
        until(lambda: any(row[1] == at for row in rows(database)))

    with consuming(database, mqtt) as first:
        until(lambda: first.hears_third_parties)
        stored(1000)
        stored(2000)
        assert gaps(database) == []
    fan.send(topic, {"ts": STARTED + 3000, "temp": 3.0})
    with consuming(database, mqtt) as second:
        until(lambda: second.hears_third_parties)
        stored(8000)
        stored(9000)
        assert gaps(database) == [("connection_lost", 2000, 8000)]
        # That it is read by another mapping from now on loses nothing.
        with database.transaction() as session:
            mapping = {**JSON_MAPPING, "timestamp_unit": "ms"}
            version = service.change_mapping(session, PLATFORM, gateway, mapping).version
        assert version == 2
        for at in range(10_000, 16_000, 500):
            stored(at)
    assert gaps(database) == [("connection_lost", 2000, 8000)]
