"""Everything of a span comes out once and in order, however the readings lie; nothing is held meanwhile."""

import csv
import io
import time
from collections.abc import Callable
from datetime import timedelta

import httpx
import numpy as np
import pytest
from pyarrow import parquet

from api.routes import telemetry_export as routes
from kernel.db import Database
from registry.models import Organisation
from telemetry import service
from telemetry.downsample import Arrays
from telemetry.export import blocks as cutting
from telemetry.export import repository
from telemetry.export.blocks import blocks
from telemetry.service import SeriesSpec
from tests.integration.conftest import ClientFor
from tests.integration.telemetry.test_conformance import NOON, NOON_US, SECOND, Make, put
from tests.support import factories

DAY_US = 86_400 * SECOND


def _joined(found: list[Arrays]) -> tuple[list[int], list[float], list[int]]:
    ts, value, quality = (np.concatenate(part) for part in zip(*found, strict=True))
    return ts.tolist(), value.tolist(), quality.tolist()


@pytest.mark.parametrize("rows", [1, 2, 7, 64, 1000])
def test_blocks_hold_each_reading_once(store: Database, make: Make, rows: int) -> None:
    random = np.random.default_rng(rows)
    # Dense and sparse days, the same instant up to 40 times, more often than a block holds.
    ts = np.concatenate(
        [
            NOON_US + random.integers(0, 20, 60) * SECOND,
            np.full(40, NOON_US + 5 * SECOND),
            NOON_US + random.integers(1, 400, 30) * DAY_US - 500 * DAY_US,
        ]
    )
    value = np.arange(len(ts), dtype=np.float64)
    put(store, make(np.where(value % 2, 1, 2), ts, value))
    start, end = NOON_US - 300 * DAY_US, NOON_US + 19 * SECOND
    found = list(blocks(store, 1, start, end, rows))
    assert all(len(block[0]) for block in found)
    times, values, _ = _joined(found)
    inside = (value % 2 == 1) & (ts >= start) & (ts < end)
    assert sorted(values) == value[inside].tolist()
    assert times == sorted(ts[inside].tolist())
    assert [ts[int(each)] for each in values] == times


def test_a_sparse_year_takes_few_questions(
    database: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database, make(1, NOON_US + np.arange(24) * 15 * DAY_US - 365 * DAY_US, np.arange(24)))
    asked = _counted(monkeypatch)
    found = list(blocks(database, 1, NOON_US - 366 * DAY_US, NOON_US))
    assert _joined(found)[1] == list(range(24))
    assert len(asked) < 12


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    asked: list[int] = []
    read = repository.block

    def block(*arguments: object) -> Arrays:
        asked.append(1)
        return read(*arguments)  # type: ignore[arg-type]  # passed on as they come

    monkeypatch.setattr(repository, "block", block)
    return asked


World = tuple[Organisation, str, list[int]]


@pytest.fixture
def world(database: Database, make: Make) -> World:
    """A customer's asset with two series of 1,000 readings, among them one without a number."""
    with database.transaction() as session:
        owner = factories.organisation(session)
        asset = factories.asset(session, owner)
        ids = service.register_many(
            session,
            [SeriesSpec(asset.id, "flow", "m3/h"), SeriesSpec(asset.id, "=pressure", "bar")],
        )
        serial = asset.serial_number
    value = np.arange(2000.0)
    value[3] = np.nan
    quality = np.where(np.isnan(value), 0x80000000, 0)
    put(database, make(np.repeat(ids, 1000), NOON_US + np.arange(2000) * SECOND, value, quality))
    return owner, serial, ids


SPAN = {"start": NOON.isoformat(), "end": (NOON + timedelta(days=1)).isoformat()}


def _query(ids: list[int], **more: str) -> dict[str, str]:
    return {**SPAN, "ids": ",".join(map(str, ids)), **more}


def test_csv_comes_as_a_file(client_for: ClientFor, world: World) -> None:
    owner, serial, ids = world
    answer = client_for("customer", owner).get("/series/export", params=_query(ids))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="readings-20260301T120000Z-20260302T120000Z.csv"'
    )
    lines = list(csv.reader(io.StringIO(answer.text)))
    assert len(lines) == 2001
    assert lines[1] == ["2026-03-01T12:00:00.000000Z", serial, "flow", "m3/h", "0", "0", ""]
    assert lines[4][4:] == ["", "2147483648", ""]
    assert lines[1001][2:] == ["'=pressure", "bar", "1000", "0", ""]


def test_parquet_comes_as_a_file(client_for: ClientFor, world: World) -> None:
    owner, _, ids = world
    params = _query(ids[::-1], format="parquet")
    answer = client_for("customer", owner).get("/series/export", params=params)
    assert answer.status_code == 200, answer.text
    assert "content-encoding" not in answer.headers, "it is packed already"
    table = parquet.read_table(io.BytesIO(answer.content)).to_pylist()
    assert len(table) == 2000
    assert table[0]["series"] == "=pressure"
    assert table[1003]["value"] is None
    assert table[0]["time"] == NOON + timedelta(seconds=1000)


def test_an_export_of_nothing_is_a_file_with_a_heading(client_for: ClientFor, world: World) -> None:
    params = {**_query(world[2]), "start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}
    client = client_for("engineer")
    answer = client.get("/series/export", params=params)
    assert answer.text.splitlines() == ['"time","asset","series","unit","value","quality","state"']
    packed = client.get("/series/export", params={**params, "format": "parquet"}).content
    assert parquet.read_table(io.BytesIO(packed)).num_rows == 0


def test_what_may_not_be_seen_is_not_exported(
    client_for: ClientFor, world: World, database: Database
) -> None:
    owner, _, ids = world
    with database.transaction() as session:
        stranger = factories.organisation(session)
    get: list[tuple[httpx.Client, dict[str, str], int]] = [
        (client_for("customer", stranger), _query(ids), 404),
        (client_for("customer", owner), _query([*ids, 2_000_000_000]), 404),
        (client_for("storekeeper"), _query(ids), 403),
        (client_for("customer", owner), _query(ids, format="xlsx"), 422),
        (client_for("customer", owner), _query(ids, end=SPAN["start"]), 422),
        (client_for("customer", owner), _query([]), 422),
    ]
    for client, params, status in get:
        answer = client.get("/series/export", params=params)
        assert answer.status_code == status, answer.text
        assert answer.json()["code"]


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_client_that_goes_away_stops_it(
    client_for: ClientFor,
    world: World,
    database: Database,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cutting.blocks, "__defaults__", (1000,))
    count = 400_000
    ts = NOON_US + 7200 * SECOND + np.arange(count) * 10_000
    put(database, make(world[2][0], ts, np.random.default_rng(1).normal(size=count)))
    asked = _counted(monkeypatch)
    client = client_for("engineer")
    with client.stream("GET", "/series/export", params=_query(world[2][:1])) as answer:
        next(answer.iter_bytes(1000))
        _until(lambda: len(asked) > 1)
        checked_out = database.engine.pool.checkedout()  # type: ignore[attr-defined]  # QueuePool's
    _until(lambda: routes._slots._value == routes.EXPORTS_MAX)
    assert len(asked) < count // 1000
    so_far = len(asked)
    time.sleep(0.2)
    assert len(asked) == so_far
    assert checked_out <= 1, "a block at a time, and nothing between"


def test_a_process_makes_so_many_at_once(client_for: ClientFor, world: World) -> None:
    client = client_for("engineer")
    for _ in range(routes.EXPORTS_MAX):
        assert routes._slots.acquire(blocking=False)
    try:
        refused = client.get("/series/export", params=_query(world[2]))
    finally:
        for _ in range(routes.EXPORTS_MAX):
            routes._slots.release()
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert refused.headers["retry-after"] == "10"
    assert client.get("/series/export", params=_query(world[2])).status_code == 200


def test_what_fails_halfway_is_no_file(
    client_for: ClientFor, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = repository.block
    asked: list[int] = []

    def block(*arguments: object) -> Arrays:
        asked.append(1)
        if len(asked) > 1:
            raise ConnectionError("the database is gone")
        return read(*arguments)  # type: ignore[arg-type]  # passed on as they come

    monkeypatch.setattr(repository, "block", block)
    with pytest.raises(httpx.RemoteProtocolError):
        client_for("engineer").get("/series/export", params=_query(world[2]))
    assert routes._slots._value == routes.EXPORTS_MAX
