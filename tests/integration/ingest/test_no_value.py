"""Bad readings without a number, from the wire to the page: stored, counted, shown as null, never scored."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from ingest import service
from kernel.db import Database
from tests.integration.conftest import ClientFor
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Edge, Plant, now_us
from tests.integration.ingest.test_flow import readings

Connect = Callable[[Plant], Edge]
NO_COMMUNICATION = 0x8031_0000
UNCERTAIN = 0x4000_0000


def rows(database: Database, query: str) -> list[Any]:
    with database.transaction() as session:
        return list(session.execute(text(query)).all())


@pytest.mark.usefixtures("consumer")
def test_lost_communication_is_stored_and_a_broken_value_is_not(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(tags=1)
    edge = connect(plant)
    edge.announce()
    nan, bad = math.nan, NO_COMMUNICATION
    frame = plant.frame(
        [1.0, nan, nan, nan, math.inf, nan, nan, 8.0],
        quality=[0, bad, 0, UNCERTAIN, bad, bad, bad, bad],
        odd={5: None, 6: "ERROR"},
    )
    edge.send(frame)
    edge.wait_acked(frame)
    stored = readings(database)
    assert [(None if math.isnan(v) else v, q) for _, _, v, q in stored] == [
        (1.0, 0),
        (None, bad - 2**32),
        (None, bad - 2**32),
        (8.0, bad - 2**32),
    ]
    found = rows(database, "SELECT reason, readings FROM ingest.quarantine ORDER BY reason")
    assert [tuple(row) for row in found] == [("not_finite", 3), ("text_value", 1)]
    with database.transaction() as session:
        counted = service.counts(session, plant.agent)
        (read,) = service.read_frames(session, plant.agent, plant.epoch, "live", 0, 1)
    assert (counted.stored, counted.quarantined) == (4, 4)
    assert [None if math.isnan(v) else v for v in read.value.tolist()] == [1.0, None, None, 8.0]
    assert read.quality.tolist() == [0, bad, bad, bad]


@pytest.mark.usefixtures("consumer")
def test_what_has_no_value_is_null_in_every_answer(
    database: Database, make_plant: MakePlant, connect: Connect, client_for: ClientFor
) -> None:
    plant = make_plant(tags=1)
    edge = connect(plant)
    edge.announce()
    count, bad, now = 300, NO_COMMUNICATION, now_us()
    lost = range(100, 200)
    frame = plant.frame(
        [math.nan if n in lost or n == count - 1 else float(n) for n in range(count)],
        ts=[now - (count - n) * 1_000_000 for n in range(count)],
        quality=[bad if n in lost or n == count - 1 else 0 for n in range(count)],
    )
    edge.send(frame)
    edge.wait_acked(frame)
    (series,) = rows(database, "SELECT id, asset_id FROM telemetry.series")
    client = client_for("admin")
    (listed,) = client.get(f"/assets/{series.asset_id}/series").json()["items"]
    (latest,) = client.get("/series/latest", params={"ids": series.id}).json()["items"]
    for newest in (listed["latest"], latest):
        assert (newest["value"], newest["quality"]) == (None, bad)
    end = datetime.fromtimestamp(now / 1e6, UTC) + timedelta(seconds=1)
    span = {"start": (end - timedelta(hours=1)).isoformat(), "end": end.isoformat()}
    path = f"/series/{series.id}/readings"
    whole = client.get(path, params=span).json()
    assert whole["value"] == [None if math.isnan(v) else v for v in frame.value]
    assert whole["quality"] == list(frame.quality)
    for method in ("minmax", "lttb"):
        thin = client.get(path, params={**span, "max_points": 40, "method": method}).json()
        nothing = [n for n, value in enumerate(thin["value"]) if value is None]
        assert [thin["ts_ms"][n] for n in nothing] == [frame.ts[n] // 1000 for n in (100, 299)]
        assert {thin["quality"][n] for n in nothing} == {bad}
        assert 20 <= len(thin["value"]) <= 40
