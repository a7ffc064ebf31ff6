"""Third parties that send very much at once end nothing and lose nothing."""

from collections.abc import Callable

from sqlalchemy import text

from kernel.db import Database
from kernel.wire.sparkplug import BD_SEQ, DataType, Metric, Payload, encode_payload
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.ingest.conftest import consuming
from tests.integration.ingest.devices import (
    SPARKPLUG_MAPPING,
    STARTED,
    Device,
    adopt,
    counts,
    gaps,
    until,
)

TAGS = 500
PER_MESSAGE = 10_000
MESSAGES = 12
LOSSES = 300


def test_a_burst_of_readings_and_of_gaps_is_stored(
    database: Database,
    mqtt: EmbeddedMqtt,
    place: tuple[str, str, str],
    device: Callable[..., Device],
) -> None:
    _, site, serial = place
    pattern = {"asset": serial, "series": "{metric}"}
    gateway = adopt(database, "plant/burst", site, {**SPARKPLUG_MAPPING, "patterns": [pattern]})
    node = device("spBv1.0/plant/NCMD/burst")

    def said(kind: str, at: int, seq: int, *metrics: Metric) -> None:
        node.send(f"spBv1.0/plant/{kind}/burst", encode_payload(Payload(at, metrics, seq)))

    with consuming(database, mqtt, commit_readings_max=20_000):
        until(lambda: node.heard)
        known = [Metric(f"m{n}", 0.0, DataType.DOUBLE, STARTED, alias=n) for n in range(TAGS)]
        said("NBIRTH", STARTED, 0, Metric(BD_SEQ, 0, DataType.INT64), *known)
        until(lambda: counts(database, gateway).stored == TAGS)
        at = STARTED
        for seq in range(1, MESSAGES + 1):
            at += 1000
            values = [
                Metric("", float(n), DataType.DOUBLE, at + n // TAGS, alias=n % TAGS)
                for n in range(PER_MESSAGE)
            ]
            said("NDATA", at + 1000, seq, *values)
        for number in range(1, LOSSES + 1):
            at += 1000
            value = Metric("", 1.0, DataType.DOUBLE, at, alias=0)
            said("NDATA", at, (MESSAGES + 2 * number) % 256, value)  # every second one is missing
        expected = TAGS + PER_MESSAGE * MESSAGES + LOSSES
        until(lambda: counts(database, gateway).stored == expected, 60)
        until(lambda: len(gaps(database)) == LOSSES)
    with database.transaction() as session:
        stored, different = session.execute(
            text("SELECT count(*), count(DISTINCT (series_id, ts)) FROM telemetry.readings")
        ).one()
    assert stored == different == expected
    assert counts(database, gateway).quarantined == 0
