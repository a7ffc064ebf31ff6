"""Live readings: what is stored, then what comes; a client that does not keep up holds up nobody."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest

from api.auth import SESSION_COOKIE
from kernel import changes
from kernel.clock import utc_now
from registry.models import Organisation
from telemetry import service
from telemetry.service import ReadingColumns, SeriesSpec
from tests.support import factories
from tests.support.http import Api

pytestmark = pytest.mark.usefixtures("api_settings")

SERIES = 300


@pytest.fixture
def machine(live: Api) -> tuple[Organisation, str, list[int]]:
    """A customer's machine with many series, the first of which has a reading."""
    now_us = int(utc_now().timestamp() * 1e6)
    with live.database.transaction() as session:
        owner = factories.organisation(session)
        asset = factories.asset(session, owner)
        ids = service.register_many(
            session, [SeriesSpec(asset.id, f"s{n:03}") for n in range(SERIES)]
        )
    ts = np.array([now_us], np.int64)
    columns = ReadingColumns(
        np.array(ids[:1], np.int32), ts, np.array([1.5]), np.zeros(1, np.uint32), ts, now_us
    )
    service.ensure_partitions(live.database.engine, columns)
    with live.database.transaction() as session:
        service.store_readings(session, service.prepare_readings(columns))
    return owner, asset.id, ids


def _tell(owner: Organisation, asset_id: str, ids: list[int], number: int) -> None:
    values = {str(series_id): [number, number / 2, 0] for series_id in ids}
    changes.send("readings", asset_id=asset_id, organisation_id=owner.id, values=values)


def _notices(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith("data: "):
            yield json.loads(line[6:])


def test_what_is_stored_comes_first_then_what_is_new(
    live: Api, machine: tuple[Organisation, str, list[int]]
) -> None:
    owner, asset_id, ids = machine
    params = {"ids": f"{ids[0]},{ids[2]}"}
    with (
        live.client_for("customer", owner) as client,
        client.stream("GET", "/series/live", params=params) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        heard = _notices(answer.iter_lines())
        first = next(heard)
        assert list(first["values"]) == [str(ids[0])]
        _tell(owner, "another", [ids[1]], 7)
        _tell(owner, asset_id, ids, 8)
        assert next(heard) == {
            "kind": "readings",
            "values": {str(ids[0]): [8, 4.0, 0], str(ids[2]): [8, 4.0, 0]},
            "dropped": 0,
        }


def test_nobody_listens_to_what_they_may_not_see(
    live: Api, machine: tuple[Organisation, str, list[int]]
) -> None:
    _, _, ids = machine
    with live.database.transaction() as session:
        stranger = factories.organisation(session)
    ask = {"ids": str(ids[0])}
    with live.client_for("customer", stranger) as client:
        assert client.get("/series/live", params=ask).status_code == 404
        assert client.get("/series/live", params={"ids": "x"}).status_code == 422
        assert client.get("/series/live").status_code == 422
    with live.client_for("storekeeper") as client:
        assert client.get("/series/live", params=ask).status_code == 403
    with live.anonymous() as client:
        assert client.get("/series/live", params=ask).status_code == 401


def _stalled(live: Api, client: httpx.Client, ids: list[int]) -> socket.socket:
    """Ask for live readings and read the first alone: with a small window the server soon cannot send."""
    parts = urlsplit(live.url)
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    slow.connect((parts.hostname, parts.port))
    path = f"/api/v1/series/live?ids={','.join(map(str, ids))}"
    cookie = f"{SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}"
    slow.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
    slow.settimeout(20)
    while b'"dropped":0' not in slow.recv(65_536, socket.MSG_PEEK):
        time.sleep(0.01)
    return slow


def test_a_client_that_reads_nothing_holds_up_nobody(
    live: Api, machine: tuple[Organisation, str, list[int]]
) -> None:
    owner, asset_id, ids = machine
    rounds = 1500
    with live.client_for("engineer") as client, _stalled(live, client, ids) as slow:
        with client.stream("GET", "/series/live", params={"ids": str(ids[0])}) as answer:
            heard = _notices(answer.iter_lines())
            next(heard)
            slowest = 0.0
            for number in range(rounds):
                began = time.monotonic()
                _tell(owner, asset_id, ids, number)
                while (values := next(heard)["values"]) and values[str(ids[0])][0] != number:
                    pass
                slowest = max(slowest, time.monotonic() - began)
        assert slowest < 5, "it waits for nobody"
        received = _read_until(slow, rounds - 1)
    newest: dict[str, Any] = {}
    for notice in received:
        newest |= notice["values"]
    assert {point[0] for point in newest.values()} == {rounds - 1}
    arrived = sum(len(notice["values"]) for notice in received)
    dropped = sum(notice["dropped"] for notice in received)
    assert dropped > 0, "it was too slow, and is told so"
    assert arrived + dropped == rounds * SERIES + 1, "every value was sent or counted"


def _read_until(slow: socket.socket, number: int) -> list[dict[str, Any]]:
    data = bytearray()
    wanted = f"[{number},{number / 2},0]".encode()
    while data[-50_000:].count(wanted) < SERIES:
        more = slow.recv(1 << 20)
        assert more, "the stream ended"
        data += more
    # What is left of the last notice; its end is the last that is sent.
    while not data.rstrip().endswith(b"}"):
        data += slow.recv(1 << 20)
    text = bytes(data).partition(b"\r\n\r\n")[2]
    return list(_notices(iter(_unchunked(text).decode().splitlines())))


def _unchunked(body: bytes) -> bytes:
    parts, at = [], 0
    while (end := body.find(b"\r\n", at)) > 0:
        size = int(body[at:end], 16)
        parts.append(body[end + 2 : end + 2 + size])
        at = end + size + 4
    return b"".join(parts)
