import asyncio
import json
from typing import Any

import pytest

from api import events
from api.events import REREAD, WAITING_MAX, Hub, Stream
from kernel.errors import RateLimited, Unavailable
from registry.permissions import PERMISSIONS, ROLES, Principal


def _principal(role: str = "engineer", scope: set[str] | None = None, who: str = "a") -> Principal:
    return Principal(
        person_id=who,
        name="x",
        organisation_id="org",
        roles=frozenset({role}),
        permissions=ROLES[role],
        scope=None if scope is None else frozenset(scope),
    )


def _hub() -> Hub:
    return Hub("", 3)


def _send(hub: Hub, kind: str, **facts: Any) -> None:
    hub.hand_out(json.dumps({"kind": kind, **facts}))


async def _taken(stream: Stream) -> list[dict[str, Any]]:
    async with asyncio.timeout(1):
        return await stream.take()


def test_every_kind_needs_a_permission_there_is() -> None:
    assert set(events.PERMISSION_OF.values()) <= set(PERMISSIONS)


def test_readings_of_one_asset_are_put_together() -> None:
    async def run() -> None:
        hub, stream = _hub(), Stream(_principal())
        hub.open(stream)
        for at in range(10_000):
            values = {"1": [at, 1.0, 0], str(at % 3 + 2): [at, 2.0, 0]}
            _send(hub, "readings", asset_id="ast", organisation_id="o", values=values)
        (notice,) = await _taken(stream)
        assert notice["values"]["1"] == [9999, 1.0, 0]
        assert set(notice["values"]) == {"1", "2", "3", "4"}
        assert not stream.over

    asyncio.run(run())


def test_what_is_left_out_for_a_slow_page_is_counted() -> None:
    async def run() -> None:
        hub, stream = _hub(), Stream(_principal())
        hub.open(stream)

        def send(asset: int, values: dict[str, list[float]]) -> None:
            _send(hub, "readings", asset_id=f"a{asset}", organisation_id="o", values=values)

        send(1, {"1": [1, 1.0, 0], "2": [1, 1.0, 0]})
        assert "dropped" not in (await _taken(stream))[0]
        send(1, {"1": [2, 1.0, 0], "2": [2, 1.0, 0]})
        send(1, {"1": [3, 1.0, 0], "3": [3, 1.0, 0]})
        (notice,) = await _taken(stream)
        assert (notice["dropped"], len(notice["values"])) == (1, 3)
        # However many machines there are, the stream stays open and small.
        for asset in range(3 * events.ASSETS_WAITING_MAX):
            send(asset, {str(asset): [asset, 1.0, 0]})
        notices = await _taken(stream)
        assert len(notices) == events.ASSETS_WAITING_MAX
        assert notices[0]["dropped"] == 2 * events.ASSETS_WAITING_MAX
        assert notices[-1]["asset_id"] == f"a{3 * events.ASSETS_WAITING_MAX - 1}"
        assert not stream.over

    asyncio.run(run())


def test_a_slow_page_is_told_to_read_again_and_others_are_not() -> None:
    async def run() -> None:
        hub, slow, quick = _hub(), Stream(_principal(who="s")), Stream(_principal(who="q"))
        hub.open(slow)
        hub.open(quick)
        heard = 0
        for number in range(WAITING_MAX * 2):
            _send(hub, "alarm", id=str(number), organisation_id="o")
            heard += len(await _taken(quick))
        assert heard == WAITING_MAX * 2
        assert slow.over
        assert await _taken(slow) == [REREAD]

    asyncio.run(run())


def test_what_cannot_be_read_is_left_out() -> None:
    async def run() -> None:
        hub, stream = _hub(), Stream(_principal())
        hub.open(stream)
        for raw in ("{", "[]", "1", '{"kind": 7}', "{}", b"\xff"):
            hub.hand_out(raw)
        _send(hub, "alarm", id="x", organisation_id="o")
        assert [notice["id"] for notice in await _taken(stream)] == ["x"]

    asyncio.run(run())


def test_scope_and_permission_decide() -> None:
    async def run() -> None:
        hub = _hub()
        customer = Stream(_principal("customer", {"mine"}))
        hub.open(customer)
        _send(hub, "alarm", id="1", organisation_id="mine")
        _send(hub, "alarm", id="2", organisation_id="other")
        _send(hub, "alarm", id="3")
        _send(hub, "stock", id="4", organisation_id="mine")
        _send(hub, "never heard of", id="5", organisation_id="mine")
        assert [notice["id"] for notice in await _taken(customer)] == ["1"]

    asyncio.run(run())


def test_streams_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        hub = _hub()
        streams = [Stream(_principal(who=name)) for name in "abcd"]
        for stream in streams[:3]:
            hub.open(stream)
        with pytest.raises(Unavailable):
            hub.open(streams[3])
        hub.leave(streams[0])
        hub.leave(streams[0])
        monkeypatch.setattr(events, "STREAMS_PER_PERSON_MAX", 1)
        with pytest.raises(RateLimited):
            hub.open(Stream(_principal(who="b")))
        hub.close()
        assert streams[1].over
        with pytest.raises(Unavailable):
            hub.open(streams[3])

    asyncio.run(run())
