"""Settings of promised times and clocks through the API: refusals in codes, and what is shown."""

from typing import Any

import httpx
import pytest

from kernel.db import Database
from tests.integration.conftest import ClientFor
from tests.integration.work_orders.plant import Plant, act, started_order
from work_orders.rules import Priority
from work_orders.sla import sweep

SPEC: dict[str, Any] = {
    "zone": "Asia/Shanghai",
    "country": "CN",
    "windows": [{"weekday": day, "starts": 540, "ends": 1020} for day in range(5)],
}
POLICY: dict[str, Any] = {
    "name": "Gold",
    "position": 5,
    "match": {"tiers": ["gold"]},
    "targets": {"resolution": {"minutes": 60, "calendar_id": "slc_always"}},
}


@pytest.fixture
def lead(plant: Plant, client_for: ClientFor) -> httpx.Client:
    return client_for("", person_id=plant.lead.person_id)


def _window(starts: int, ends: int) -> dict[str, int]:
    return {"weekday": 0, "starts": starts, "ends": ends}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"windows": []}, "no_working_time"),
        ({"windows": [_window(0, 600), _window(599, 700)]}, "overlapping_windows"),
        ({"windows": [_window(600, 600)]}, "invalid_calendar"),
        ({"zone": "Mars/Olympus"}, "unknown_time_zone"),
        ({"country": "XX"}, "unknown_holidays"),
    ],
)
def test_r16_calendars_that_cannot_be_are_refused_by_code(
    lead: httpx.Client, change: dict[str, Any], code: str
) -> None:
    answer = lead.post("/sla/calendars", json={"name": "Odd", "spec": {**SPEC, **change}})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert {each["id"] for each in lead.get("/sla/calendars").json()["items"]} == {
        "slc_always",
        "slc_office",
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"position": 10}, "sla_position_taken"),
        ({"position": 0}, "invalid_sla_policy"),
        ({"targets": {}}, "invalid_sla_policy"),
        ({"targets": {"resolution": {"minutes": -5, "calendar_id": "slc_always"}}},
         "invalid_sla_policy"),
        ({"targets": {"resolution": {"minutes": 5, "calendar_id": "nothing"}}},
         "invalid_sla_policy"),
        ({"warn_shares": [1.5]}, "invalid_sla_policy"),
        ({"breached": {"roles": ["nobody"]}}, "invalid_sla_policy"),
        ({"breached": {"user_ids": ["per_nobody"]}}, "invalid_sla_policy"),
        ({"match": {"priorities": ["P9"]}}, "invalid_sla_policy"),
        ({"pausing_reasons": ["lunch"]}, "invalid_sla_policy"),
        ({"escalations": [{"target": "resolution", "level": 1}]}, "invalid_sla_policy"),
        ({"escalations": [{"target": "first_response", "level": 1, "share": 1.0}]},
         "invalid_sla_policy"),
    ],
)  # fmt: skip
def test_r16_policies_that_cannot_be_are_refused_by_code(
    lead: httpx.Client, change: dict[str, Any], code: str
) -> None:
    answer = lead.post("/sla/policies", json={**POLICY, **change})
    assert (answer.status_code in (409, 422), answer.json()["code"]) == (True, code)


def test_r16_a_calendar_is_made_previewed_tried_changed_and_put_away(lead: httpx.Client) -> None:
    made = lead.post("/sla/calendars", json={"name": "Service", "spec": SPEC})
    assert made.status_code == 201
    month = lead.post("/sla/calendars/preview", json={"spec": SPEC, "year": 2026, "month": 10})
    days = {each["day"]: each for each in month.json()["items"]}
    assert len(days) == 31
    assert days["2026-10-01"]["names"] == ["National Day", "国庆节"]
    assert days["2026-10-10"]["kind"] == "makeup"
    tried = lead.post(
        "/sla/calendars/try",
        json={"spec": SPEC, "starts_at": "2026-09-30T08:00:00Z", "minutes": 120},
    )
    assert tried.json() == {"ends_at": "2026-10-08T02:00:00Z"}
    path = f"/sla/calendars/{made.json()['id']}"
    body = {"name": "Service", "spec": {**SPEC, "country": None}}
    assert lead.put(path, json=body, headers={"If-Match": '"7"'}).status_code == 412
    assert lead.put(path, json=body).json()["spec"]["country"] is None
    again = lead.post("/sla/calendars", json={"name": "Service", "spec": SPEC})
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    assert lead.post(f"{path}/archive").json()["archived_at"] is not None
    used = lead.post("/sla/calendars/slc_always/archive")
    assert (used.status_code, used.json()["code"]) == (409, "calendar_in_use")


def test_r16_a_dry_look_says_which_policy_would_count(lead: httpx.Client) -> None:
    made = lead.post("/sla/policies", json=POLICY).json()
    facts = {"kind": "complaint", "priority": "P1", "tier": "gold"}
    assert lead.post("/sla/policies/match", json=facts).json()["policy_id"] == made["id"]
    looked = lead.post("/sla/policies/match", json={**facts, "tier": "standard"}).json()
    assert looked["policy_id"] == "slp_shipped_2"
    assert looked["looked"][0] == {
        "policy_id": made["id"], "name": "Gold", "misses": ["tiers"]
    }  # fmt: skip
    lead.post(f"/sla/policies/{made['id']}/archive")
    assert lead.post("/sla/policies/match", json=facts).json()["policy_id"] == "slp_shipped_2"


def test_r16_clocks_are_shown_and_follow_a_changed_policy(
    lead: httpx.Client, database: Database, plant: Plant, client_for: ClientFor
) -> None:
    with database.transaction() as session:
        made = started_order(session, plant, priority=Priority.P0).ticket
    (shown,) = lead.get("/sla/clocks", params={"ticket_id": made.id}).json()["items"]
    states = {each["target"]: each["state"] for each in shown["clocks"]}
    assert states == {"first_response": "met", "resolution": "running"}
    assert shown["policy_name"] == "P0"
    policy = lead.get("/sla/policies").json()["items"][0]
    body = {key: policy[key] for key in policy if key not in ("id", "version", "archived_at")}
    body["targets"]["resolution"]["minutes"] = 600
    assert lead.put(f"/sla/policies/{policy['id']}", json=body).status_code == 200
    with database.transaction() as session:
        assert sweep.renew_stale(session) == 1
        act(session, plant.engineer, made.id, "hold", hold_reason="waiting_for_customer")
    customer = client_for("", person_id=plant.customer.person_id)
    (shown,) = customer.get("/sla/clocks", params={"ticket_id": made.id}).json()["items"]
    resolution = next(each for each in shown["clocks"] if each["target"] == "resolution")
    assert (resolution["state"], resolution["paused_why"]) == ("paused", "waiting_for_customer")
    assert (resolution["target_s"], resolution["due_at"]) == (36_000, None)
    assert shown["policy_name"] is None
    stranger = client_for("", person_id=plant.stranger.person_id)
    assert stranger.get("/sla/clocks", params={"ticket_id": made.id}).json()["items"] == []
