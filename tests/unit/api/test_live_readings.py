"""Of each series the newest waits, whatever comes meanwhile, and what was left out is said."""

import asyncio
import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from api.events import REREAD, Hub
from api.live_readings import LiveReadings
from registry.permissions import ROLES, Principal

SERIES = range(5)


def _principal(scope: set[str] | None = None, role: str = "engineer") -> Principal:
    return Principal(
        person_id="p",
        name="x",
        organisation_id="org",
        roles=frozenset({role}),
        permissions=ROLES[role],
        scope=None if scope is None else frozenset(scope),
    )


def _send(hub: Hub, values: dict[int, list[Any]], organisation_id: str = "o") -> None:
    notice = {"kind": "readings", "asset_id": "a", "organisation_id": organisation_id}
    hub.hand_out(json.dumps({**notice, "values": values}))


async def _taken(stream: LiveReadings) -> dict[str, Any]:
    async with asyncio.timeout(1):
        (notice,) = await stream.take()
    return notice


@given(
    st.lists(
        st.one_of(st.none(), st.dictionaries(st.integers(0, 9), st.floats(0, 9), min_size=1)),
        max_size=40,
    )
)
def test_every_value_is_sent_or_counted(steps: list[dict[int, float] | None]) -> None:
    async def run() -> None:
        hub, stream = Hub("", 3), LiveReadings.of(_principal(), SERIES)
        hub.open(stream)
        stream.begin([])
        assert await _taken(stream) == {"kind": "readings", "values": {}, "dropped": 0}
        sent = arrived = dropped = 0
        newest: dict[str, float] = {}
        seen: dict[str, float] = {}
        for number, step in enumerate([*steps, {0: -1.0}, None]):
            if step is not None:
                _send(hub, {key: [number, value, 0] for key, value in step.items()})
                chosen = {str(key): value for key, value in step.items() if key in SERIES}
                sent += len(chosen)
                newest |= chosen
            elif stream._ready.is_set():
                notice = await _taken(stream)
                arrived += len(notice["values"])
                dropped += notice["dropped"]
                seen |= {key: point[1] for key, point in notice["values"].items()}
        assert arrived + dropped == sent
        assert seen == newest

    asyncio.run(run())


def test_what_is_stored_comes_first_and_does_not_hide_what_is_newer() -> None:
    async def run() -> None:
        hub, stream = Hub("", 3), LiveReadings.of(_principal(), SERIES)
        hub.open(stream)
        _send(hub, {1: [20, 2.0, 0]})
        stream.begin([(1, 10, 1.0, 0), (2, 10, math.nan, 5)])
        notice = await _taken(stream)
        assert notice["values"] == {"1": [20, 2.0, 0], "2": (10, None, 5)}
        assert notice["dropped"] == 0

    asyncio.run(run())


def test_scope_rights_and_an_end_hold_here_as_well() -> None:
    async def run() -> None:
        hub = Hub("", 3)
        ours = LiveReadings.of(_principal({"ours"}), SERIES)
        keeper = LiveReadings.of(_principal(role="storekeeper"), SERIES)
        for stream in (ours, keeper):
            hub.open(stream)
        _send(hub, {1: [1, 1.0, 0]}, "theirs")
        _send(hub, {7: [1, 1.0, 0]}, "ours")
        assert not ours._ready.is_set()
        _send(hub, {1: [2, 1.0, 0]}, "ours")
        assert (await _taken(ours))["values"] == {"1": [2, 1.0, 0]}
        assert not keeper._ready.is_set()
        hub.close()
        assert await ours.take() == [REREAD]

    asyncio.run(run())
