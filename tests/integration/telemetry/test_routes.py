"""Series and readings over HTTP: in scope, in order, in numbers JSON has."""

from datetime import timedelta

import numpy as np
import pytest

from kernel.db import Database
from registry.models import Organisation
from telemetry import service
from telemetry.service import SeriesSpec
from tests.integration.conftest import ClientFor
from tests.integration.telemetry.test_conformance import NOON, NOON_US, SECOND, Make, put
from tests.support import factories


@pytest.fixture
def world(database: Database, make: Make) -> tuple[Organisation, str, list[int]]:
    """A customer's asset with two series, the first with 5,000 readings and a spike."""
    with database.transaction() as session:
        owner = factories.organisation(session)
        asset = factories.asset(session, owner)
        ids = service.register_many(
            session,
            [
                SeriesSpec(asset.id, "vibration_de", "mm/s", 0, 20, "vibration"),
                SeriesSpec(asset.id, "running", data_type="boolean"),
            ],
        )
    value = np.sin(np.arange(5000) / 100)
    value[1234] = 99.0
    put(database, make(ids[0], NOON_US + np.arange(5000) * SECOND, value))
    return owner, asset.id, ids


SPAN = {"start": NOON.isoformat(), "end": (NOON + timedelta(days=1)).isoformat()}


def test_an_asset_lists_its_series_with_their_newest_readings(
    client_for: ClientFor, world: tuple[Organisation, str, list[int]]
) -> None:
    owner, asset_id, ids = world
    items = client_for("customer", owner).get(f"/assets/{asset_id}/series").json()["items"]
    assert [(i["id"], i["name"], i["unit"], i["data_type"]) for i in items] == [
        (ids[1], "running", "", "boolean"),
        (ids[0], "vibration_de", "mm/s", "number"),
    ]
    assert items[0]["latest"] is None
    assert items[1]["latest"]["ts"] == "2026-03-01T13:23:19Z"


def test_readings_are_thinned_and_keep_the_spike(
    client_for: ClientFor, world: tuple[Organisation, str, list[int]]
) -> None:
    owner, _, ids = world
    client = client_for("customer", owner)
    answer = client.get(f"/series/{ids[0]}/readings", params={**SPAN, "max_points": 200})
    body = answer.json()
    assert answer.status_code == 200, answer.text
    assert len(body["ts_ms"]) == len(body["value"]) == len(body["quality"]) <= 200
    assert (body["readings"], body["downsampled"]) == (5000, True)
    assert 99.0 in body["value"]
    assert body["ts_ms"] == sorted(body["ts_ms"])
    whole = client.get(f"/series/{ids[0]}/readings", params={**SPAN, "max_points": 5000}).json()
    assert (len(whole["value"]), whole["downsampled"]) == (5000, False)


def test_latest_of_many_leaves_out_what_may_not_be_seen(
    client_for: ClientFor, world: tuple[Organisation, str, list[int]], database: Database
) -> None:
    owner, _, ids = world
    wanted = {"ids": ",".join(map(str, [*ids, 2_000_000_000]))}
    items = client_for("customer", owner).get("/series/latest", params=wanted).json()["items"]
    assert [item["series_id"] for item in items] == [ids[0]]
    with database.transaction() as session:
        stranger = factories.organisation(session)
    theirs = client_for("customer", stranger)
    assert theirs.get("/series/latest", params=wanted).json()["items"] == []
    assert theirs.get(f"/series/{ids[0]}/readings", params=SPAN).status_code == 404
    assert theirs.get(f"/assets/{world[1]}/series").status_code == 404


def test_bad_questions_are_told_what_is_wrong(
    client_for: ClientFor, world: tuple[Organisation, str, list[int]]
) -> None:
    client = client_for("engineer")
    questions: list[dict[str, str | int]] = [
        {},
        {"start": "yesterday", "end": NOON.isoformat()},
        {"start": "2026-03-01T12:00:00", "end": "2026-03-02T12:00:00"},
        {"start": NOON.isoformat(), "end": NOON.isoformat()},
        {**SPAN, "max_points": 0},
        {**SPAN, "max_points": 10**9},
        {**SPAN, "method": "average"},
    ]
    for params in questions:
        answer = client.get(f"/series/{world[2][0]}/readings", params=params)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"]
    for ids in ("", "a", "1;2", "1,,2", "9" * 12, ",".join(["1"] * 3000)):
        answer = client.get("/series/latest", params={"ids": ids})
        assert answer.status_code == 422, ids


def test_latest_of_thousands_as_columns(
    client_for: ClientFor, database: Database, make: Make
) -> None:
    with database.transaction() as session:
        owner, stranger = factories.organisation(session), factories.organisation(session)
        assets = [factories.asset(session, owner) for _ in range(3)]
        ids = service.register_many(
            session, [SeriesSpec(assets[n % 3].id, f"s{n}") for n in range(3000)]
        )
    values = np.arange(2999.0)
    values[5] = np.nan
    put(database, make(ids[:-1], NOON_US, values, recorded_at_us=NOON_US + SECOND))
    body = {"series_ids": [*ids, ids[0], 2_000_000_000]}
    answer = client_for("customer", owner).post("/series/latest", json=body)
    assert answer.status_code == 200, answer.text
    columns = answer.json()
    assert columns["series_id"] == sorted(ids[:-1])
    value = dict(zip(columns["series_id"], columns["value"], strict=True))
    assert [value[each] for each in ids[:-1]] == [*range(5), None, *range(6, 2999)]
    assert set(columns["ts_ms"]) == {NOON_US // 1000}
    assert set(columns["recorded_ms"]) == {NOON_US // 1000 + 1000}
    assert client_for("customer", stranger).post("/series/latest", json=body).json() == {
        "series_id": [], "ts_ms": [], "value": [], "quality": [], "recorded_ms": [],
    }  # fmt: skip
    for wrong in ([], [-1], [2**31], ["x"], list(range(20_001))):
        refused = client_for("engineer").post("/series/latest", json={"series_ids": wrong})
        assert refused.status_code == 422, wrong


def test_a_table_puts_series_side_by_side(
    client_for: ClientFor, world: tuple[Organisation, str, list[int]], database: Database
) -> None:
    owner, _, ids = world
    params = {
        "ids": f"{ids[1]},{ids[0]}", "start": NOON.isoformat(), "step": "600",
        "end": (NOON + timedelta(hours=2)).isoformat(),
    }  # fmt: skip
    client = client_for("customer", owner)
    answer = client.get("/series/table", params={**params, "aggregate": "max", "fill": "previous"})
    assert answer.status_code == 200, answer.text
    table = answer.json()
    assert (table["step_seconds"], table["source"], len(table["ts_ms"])) == (600, "1m", 12)
    running, vibration = table["columns"]
    assert running == {"series_id": ids[1], "value": [None] * 12}
    assert vibration["value"][2] == 99.0
    assert vibration["value"][8:] == [vibration["value"][8]] * 4
    wrong = [
        {"step": "0"}, {"step": "1", "end": "2027-01-01T00:00:00Z"}, {"aggregate": "median"},
        {"aggregate": "twa", "step": "90"},
        {"fill": "guess"}, {"fill_over": "0"}, {"ids": "x"}, {"end": params["start"]},
        {"start": "0001-01-01T00:00:00Z"},
    ]  # fmt: skip
    for each in wrong:
        refused = client.get("/series/table", params={**params, **each})
        assert refused.status_code == 422, each
        assert refused.json()["code"]
    with database.transaction() as session:
        stranger = factories.organisation(session)
    assert client_for("customer", stranger).get("/series/table", params=params).status_code == 404


def test_an_asset_shows_all_its_series_at_once(
    client_for: ClientFor, world: tuple[Organisation, str, list[int]], database: Database
) -> None:
    owner, asset_id, ids = world
    client = client_for("customer", owner)
    path = f"/assets/{asset_id}/readings"
    items = client.get(path, params={**SPAN, "max_points": 300}).json()["items"]
    assert [(item["series_id"], item["readings"]) for item in items] == [
        (ids[1], 0),
        (ids[0], 5000),
    ]
    assert 99.0 in items[1]["value"]
    assert len(items[1]["ts_ms"]) <= 300
    rolled = client.get(path, params={**SPAN, "resolution": "1m"}).json()["items"][1]
    assert (rolled["resolution"], rolled["readings"], rolled["downsampled"]) == ("1m", 5000, True)
    assert 99.0 in rolled["value"]
    with database.transaction() as session:
        stranger = factories.organisation(session)
    assert client_for("customer", stranger).get(path, params=SPAN).status_code == 404


def test_rollups_tell_what_a_chart_needs_for_a_band(
    client_for: ClientFor, world: tuple[Organisation, str, list[int]]
) -> None:
    owner, _, ids = world
    client = client_for("customer", owner)
    path = f"/series/{ids[0]}/rollups"
    found = client.get(path, params={**SPAN, "step": "1h"}).json()
    assert (found["step"], found["count"], found["bad"]) == ("1h", [3600, 1400], [0, 0])
    assert found["max"] == [99.0, found["max"][1]]
    assert all(
        low <= mean <= high
        for low, mean, high in zip(found["min"], found["mean"], found["max"], strict=True)
    )
    assert (
        client.get(f"/series/{ids[1]}/rollups", params={**SPAN, "step": "1d"}).json()["twa"] == []
    )
    long = {**SPAN, "end": "2026-12-01T00:00:00Z", "step": "1m"}
    for params in ({**SPAN, "step": "2h"}, SPAN, long, {**long, "start": "2027-01-01T00:00:00Z"}):
        assert client.get(path, params=params).status_code == 422, params
