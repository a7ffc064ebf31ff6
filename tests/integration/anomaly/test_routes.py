"""Alarms over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from anomaly.models import Alarm
from telemetry import service as telemetry
from tests.integration.anomaly.alarms import NOW, apply, transition
from tests.integration.anomaly.world import START, World
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


def test_alarms_of_a_span(world: World, client_for: ClientFor) -> None:
    for _ in range(3):
        apply(world.database, world.source, transition(world.series(world.asset())))
    engineer = client_for("engineer")
    alarms = engineer.get("/alarms").json()["items"]
    with world.database.transaction() as session:
        # One over, one that lasts, one that begins later.
        for alarm, onset, returned in zip(alarms, (0, 5, 20), (3, None, None), strict=True):
            row = session.get_one(Alarm, alarm["id"])
            row.onset_at = START + timedelta(hours=onset)
            row.returned_at = None if returned is None else START + timedelta(hours=returned)
            row.state = "returned_unacknowledged" if returned else "active_unacknowledged"

    def found(**ends: int) -> list[str]:
        params = {name: (START + timedelta(hours=hour)).isoformat() for name, hour in ends.items()}
        return [each["id"] for each in engineer.get("/alarms", params=params).json()["items"]]

    over, lasting, later = (alarm["id"] for alarm in alarms)
    assert found(until=20) == [over, lasting]
    assert found(until=21, returned_since=4) == [lasting, later]
    assert found(until=6, returned_since=3) == [over, lasting]
    assert found(since=5, until=20) == [lasting]
    assert engineer.get("/alarms", params={"until": "now"}).status_code == 422


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


def test_shelve_comment_judge_and_look_back(world: World, client_for: ClientFor) -> None:
    for _ in range(2):
        apply(world.database, world.source, transition(world.series(world.asset())))
    engineer = client_for("engineer")
    first, second = (alarm["id"] for alarm in engineer.get("/alarms").json()["items"])
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    shelved = engineer.post(f"/alarms/{first}/shelve", json={"until": until, "reason": "Replaced"})
    assert (shelved.status_code, shelved.json()["isa_state"]) == (200, "shelved")
    assert shelved.json()["hidden_by"]["reason"] == "Replaced"
    for params, expected in (
        ({"suppressed": True}, [first]),
        ({"suppressed": False}, [second]),
        ({"isa_state": ["shelved", "normal"]}, [first]),
        ({"isa_state": "unacknowledged"}, [second]),
        ({"verdict": "false"}, []),
    ):
        found = engineer.get("/alarms", params=params).json()["items"]  # type: ignore[arg-type]
        assert [alarm["id"] for alarm in found] == expected
    (shelf,) = engineer.get("/alarm-suppressions", params={"ended": False}).json()["items"]
    assert (shelf["kind"], shelf["reason"]) == ("shelved", "Replaced")
    said = engineer.post(f"/alarms/{first}/comments", json={"text": "Bearing is warm"})
    assert (said.status_code, said.json()["text"]) == (201, "Bearing is warm")
    judged = engineer.put(f"/alarms/{first}/feedback", json={"verdict": "true"})
    assert judged.json()["verdict"] == "true"
    journal = engineer.get(f"/alarms/{first}/journal", params={"limit": 2}).json()
    assert [entry["kind"] for entry in journal["items"]] == ["feedback", "comment"]
    assert journal["next_cursor"]
    many = engineer.post(
        "/alarms/bulk", json={"action": "acknowledge", "alarm_ids": [first, second, "alm_none"]}
    ).json()
    assert {alarm["id"] for alarm in many["done"]} == {first, second}
    assert [(each["alarm_id"], each["code"]) for each in many["refused"]] == [
        ("alm_none", "not_found")
    ]
    similar = engineer.get(f"/alarms/{first}/similar").json()["items"]
    assert [each["alarm"]["id"] for each in similar] == [second]
    assert similar[0]["outcomes"] == []
    week = engineer.get("/alarm-performance").json()
    assert week["rate"]["periods"] == 1008
    span = {"since": START.isoformat(), "until": (NOW + timedelta(days=1)).isoformat()}
    figures = engineer.get("/alarm-performance", params=span).json()
    assert (figures["rate"]["told"], figures["rate"]["most"]) == (2, 2)
    (detector,) = figures["detectors"]
    assert (detector["alarms"], detector["judged"], detector["true"]) == (2, 1, 1)
    assert figures["bad_actors"][0]["asset_name"]
    meaning = engineer.get(f"/alarms/{first}/rationale").json()
    assert meaning["failure_mode"] == "bearing_wear"
    assert meaning["response"]["zh"]


def test_what_cannot_be_shelved_or_suppressed_says_which_field(
    world: World, client_for: ClientFor
) -> None:
    apply(world.database, world.source, transition(world.series(world.asset())))
    engineer = client_for("engineer")
    (alarm,) = engineer.get("/alarms").json()["items"]
    late = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    refused = engineer.post(f"/alarms/{alarm['id']}/shelve", json={"until": late, "reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_suppression")
    nothing = engineer.post(f"/alarms/{alarm['id']}/unshelve")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "alarm_not_shelved")
    for body in (
        {"kind": "maintenance", "asset_id": alarm["asset_id"], "reason": "x"},
        {"kind": "ghost", "asset_id": alarm["asset_id"], "reason": "x"},
        {"kind": "maintenance", "asset_id": alarm["asset_id"], "ends_at": late, "reason": " "},
    ):
        assert engineer.post("/alarm-suppressions", json=body).status_code == 422
    out = {"kind": "out_of_service", "asset_id": alarm["asset_id"], "reason": "Rebuilt"}
    assert engineer.post("/alarm-suppressions", json=out).status_code == 403
    lead = client_for("desk_lead")
    made = lead.post("/alarm-suppressions", json=out)
    assert (made.status_code, made.json()["asset_name"]) == (201, alarm["asset_name"])
    read = engineer.get(f"/alarms/{alarm['id']}").json()
    assert (read["isa_state"], read["state"]) == ("out_of_service", "active_unacknowledged")
    ended = lead.post(f"/alarm-suppressions/{made.json()['id']}/end", json={"reason": "Done"})
    assert ended.json()["end_reason"] == "lifted"
    again = lead.post(f"/alarm-suppressions/{made.json()['id']}/end")
    assert (again.status_code, again.json()["code"]) == (409, "suppression_ended")


def test_limits_over_http(world: World, client_for: ClientFor) -> None:
    asset = world.asset()
    with world.database.transaction() as session:
        series_id = telemetry.register_series(session, asset, "vibration", kind="vibration")
    lead, address = client_for("desk_lead"), f"/series/{series_id}/limits"
    assert lead.get(address).json()["version"] == 0
    body = {"limits": [{"kind": "h", "setpoint": 4.5}, {"kind": "hh", "setpoint": 7.1}]}
    made = lead.put(address, json=body)
    assert (made.status_code, made.headers["ETag"]) == (200, '"1"')
    assert lead.get(address).json()["limits"][1]["setpoint"] == 7.1
    stale = lead.put(address, json=body, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    body["limits"][0]["setpoint"] = 9
    wrong = lead.put(address, json=body)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_limits")
