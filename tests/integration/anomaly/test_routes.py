"""Alarms over HTTP."""

from typing import Any

import pytest

from tests.integration.anomaly.alarms import apply, transition
from tests.integration.anomaly.world import World
from tests.integration.conftest import ClientFor
from tests.support.http import Api


@pytest.fixture
def world(api: Api) -> World:
    return World(api.database)


def test_list_read_and_acknowledge(world: World, client_for: ClientFor) -> None:
    for _ in range(3):
        apply(world.database, world.source, transition(world.series(world.asset())))
    engineer = client_for("engineer")
    page = engineer.get("/alarms", params={"limit": 2}).json()
    rest = engineer.get("/alarms", params={"cursor": page["next_cursor"]}).json()
    assert len(page["items"]) == 2
    assert len(rest["items"]) == 1
    assert rest["next_cursor"] is None
    chosen = page["items"][0]
    read = engineer.get(f"/alarms/{chosen['id']}")
    assert read.json() == chosen
    assert chosen["cause"]["expected"] == [1.0, 2.0]
    assert sorted(chosen["summary"]) == ["en", "zh"]
    address = f"/alarms/{chosen['id']}/acknowledge"
    stale = engineer.post(address, headers={"If-Match": '"77"'}, json={})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    done = engineer.post(
        address, headers={"If-Match": read.headers["ETag"]}, json={"comment": "<b>'; DROP TABLE"}
    )
    assert (done.status_code, done.json()["state"]) == (200, "active_acknowledged")
    assert done.headers["ETag"] != read.headers["ETag"]
    again = engineer.post(address)
    assert (again.status_code, again.json()["code"]) == (409, "alarm_already_acknowledged")
    states: dict[str, Any] = {"state": ["active_acknowledged", "normal"], "active": True}
    assert [a["id"] for a in engineer.get("/alarms", params=states).json()["items"]] == [
        chosen["id"]
    ]


def test_bad_questions_get_clear_answers(world: World, client_for: ClientFor) -> None:
    engineer = client_for("engineer")
    for params in ({"state": "on"}, {"severity": "dire"}, {"since": "yesterday"}, {"limit": 0}):
        assert engineer.get("/alarms", params=params).status_code == 422
    assert engineer.get("/alarms/alm_none").json()["code"] == "not_found"
    assert engineer.get("/series/99/expected").json()["code"] == "not_found"
    assert engineer.get("/series/99999999999/expected").status_code == 422
    del world


def test_a_customer_sees_no_alarms_of_others(world: World, client_for: ClientFor) -> None:
    from tests.support import factories

    apply(world.database, world.source, transition(world.series(world.asset())))
    (alarm,) = world.alarms()
    with world.database.transaction() as session:
        stranger = factories.organisation(session)
    customer = client_for("customer", stranger)
    assert customer.get("/alarms").json()["items"] == []
    assert customer.get(f"/alarms/{alarm.id}").status_code == 404
    assert customer.post(f"/alarms/{alarm.id}/acknowledge").status_code == 403
