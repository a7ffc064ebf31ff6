"""Who publishes unasked: nobody crowds others out, and no gateway passes for a third party."""

from collections.abc import Callable

import pytest

from ingest import service as ingest
from ingest.third_party import service, sightings
from kernel.db import Database
from kernel.errors import InvalidInput
from kernel.ids import new_id
from kernel.paging import PageRequest
from kernel.wire.sparkplug import DataType, Metric, Payload, encode_payload
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
    rows,
    until,
)

Place = tuple[str, str, str]


def all_seen(database: Database) -> list[str]:
    found: list[str] = []
    after: PageRequest | None = PageRequest(200)
    while after is not None:
        with database.transaction() as session:
            page = service.list_seen(session, PLATFORM, after)
        found += [record.address for record in page.items]
        after = None if page.next_key is None else PageRequest(200, page.next_key)
    return found


def test_one_that_makes_up_names_does_not_crowd_out_others(
    database: Database, mqtt: EmbeddedMqtt, device: Callable[..., Device]
) -> None:
    empty = encode_payload(Payload(STARTED, (Metric("x", 1.0, DataType.DOUBLE),), 0))
    with consuming(database, mqtt) as consumer:
        until(lambda: consumer.hears_third_parties)
        noisy, quiet = device(), device()
        for number in range(sightings.ADDRESSES_MAX + 200):
            noisy.send(f"devices/noisy/{number}", b"{}")
        for number in range(300):
            noisy.send(f"spBv1.0/g{number}/NDATA/noisy", empty)
            noisy.send(f"spBv1.0/loud/NDATA/n{number}", empty)
        quiet.send("devices/quiet/state", b"{}")
        quiet.send("spBv1.0/plant/NDATA/quiet", empty)
        until(lambda: {"devices/quiet/state", "plant/quiet"} <= set(all_seen(database)))
        addresses = all_seen(database)
    assert sum(a.startswith("devices/noisy/") for a in addresses) == sightings.NAMESPACE_MAX
    assert sum(a.endswith("/noisy") for a in addresses) == sightings.NAMESPACE_MAX
    assert sum(a.startswith("loud/") for a in addresses) == sightings.NAMESPACE_MAX


def test_a_gateways_login_is_no_third_party(
    database: Database, mqtt: EmbeddedMqtt, place: Place, device: Callable[..., Device]
) -> None:
    _, site, serial = place
    gateway = new_id("gw")
    for name in (gateway, f"{gateway}.3"):
        mapping = {**JSON_MAPPING, "patterns": [
            {"topic": f"devices/{name}/state", "path": "$.temp", "asset": serial, "series": "temp"}
        ]}  # fmt: skip
        with pytest.raises(InvalidInput, match="gateway's"):
            adopt(database, f"devices/{name}/#", site, mapping)
        with pytest.raises(InvalidInput, match="gateway's"):
            adopt(database, f"plant/{name}", site, SPARKPLUG_MAPPING)
    mapping = {**JSON_MAPPING, "patterns": [
        {"topic": "devices/+/state", "path": "$.temp", "asset": serial, "series": "temp"}
    ]}  # fmt: skip
    source = adopt(database, "devices/#", site, mapping)
    with consuming(database, mqtt) as consumer:
        until(lambda: consumer.hears_third_parties)
        plant = device()
        plant.send(f"devices/{gateway}.3/state", {"ts": STARTED, "temp": 666.0})
        plant.send(f"spBv1.0/plant/NBIRTH/{gateway}.3", b"")
        plant.send("devices/fan/state", {"ts": STARTED, "temp": 1.0})
        until(lambda: rows(database))
        plant.send("spBv1.0/plant/NBIRTH/pump", b"")
        until(lambda: "plant/pump" in all_seen(database))
    assert [row[2] for row in rows(database)] == [1.0]
    assert not any(gateway in address for address in all_seen(database))
    assert counts(database, source) == ingest.Counts(1, 1, 0)
