"""The desk over HTTP: the whole story, who may do what on each route, versions, repeats, bad input."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from registry.models import Organisation
from registry.permissions import ROLES
from tests.integration.conftest import ClientFor
from tests.integration.work_orders.plant import Plant, alarm, complaint, order
from tests.support.http import Api
from work_orders.alarms.service import take_alarm

RESOLUTION = {
    "findings": "worn",
    "cause": "wear",
    "remedy": "replace",
    "labour_minutes": 90,
    "failure_mode": "bearing_wear",
    "parts": [
        {
            "part_number": "B-6205",
            "position": "drive end",
            "failed_serial": "S-1",
            "replacement_serial": "S-2",
        }
    ],
}


@dataclass(frozen=True)
class Desk:
    """Clients of the people of one plant."""

    lead: httpx.Client
    agent: httpx.Client
    engineer: httpx.Client
    customer: httpx.Client
    stranger: httpx.Client


@pytest.fixture
def desk(plant: Plant, client_for: ClientFor) -> Desk:
    return Desk(
        **{
            name: client_for("", person_id=getattr(plant, name).person_id)
            for name in Desk.__dataclass_fields__
        }
    )


def _ok(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    return body


def test_the_story(api: Api, plant: Plant, desk: Desk) -> None:
    with api.database.transaction() as session:
        order_id = take_alarm(session, alarm(plant))
    path = f"/work-orders/{order_id}"
    mine = _ok(desk.engineer.get("/work-orders", params={"assignee": "me", "open": True}))
    assert [each["id"] for each in mine["items"]] == [order_id]
    seen = _ok(desk.engineer.get(path))
    assert seen["stage"] == "assigned"
    assert seen["reason"]["summary"]["zh"] == "振动超过历史记录"
    assert seen["allowed_actions"] == ["start", "hold"]
    told = _ok(
        desk.customer.post(
            "/complaints",
            json={"description": "loud", "serial_number": plant.serial_number, "urgency": "high"},
        ),
        201,
    )
    (linked,) = told["links"]
    assert (linked["ticket_id"], linked["summary"]["zh"]) == (order_id, "振动超过历史记录")
    _ok(desk.engineer.post(f"{path}/actions/start", json={}))
    closed = _ok(desk.engineer.post(f"{path}/actions/close", json={"resolution": RESOLUTION}))
    assert (closed["stage"], closed["open"], closed["cause"]) == ("closed", False, "wear")
    assert closed["parts"][0]["fitting_id"]
    waiting = _ok(desk.customer.get(f"/complaints/{told['id']}"))
    assert waiting["stage"] == "awaiting_confirmation"
    assert waiting["allowed_actions"] == ["confirm", "reject"]
    done = _ok(desk.customer.post(f"/complaints/{told['id']}/actions/confirm", json={}))
    assert done["stage"] == "closed"


def test_versions_over_http(api: Api, plant: Plant, desk: Desk) -> None:
    with api.database.transaction() as session:
        path = f"/work-orders/{order(session, plant).ticket.id}"
    first = desk.agent.get(path)
    tag = {"If-Match": first.headers["etag"]}
    assert first.headers["etag"] == f'"{first.json()["version"]}"'
    changed = desk.agent.patch(path, json={"title": "Louder"}, headers=tag)
    assert _ok(changed)["title"] == "Louder"
    assert changed.headers["etag"] != first.headers["etag"]
    for late in (
        desk.lead.patch(path, json={"title": "Quieter"}, headers=tag),
        desk.agent.post(f"{path}/actions/triage", json={}, headers=tag),
    ):
        problem = _problem(late, 412, "stale_version")
        assert problem["facts"]["version"] == changed.json()["version"]
    assert _ok(desk.agent.get(path))["title"] == "Louder"


def test_an_illegal_change_of_state_says_what_would_be_legal(
    api: Api, plant: Plant, desk: Desk
) -> None:
    with api.database.transaction() as session:
        path = f"/work-orders/{order(session, plant).ticket.id}/actions"
    refused = desk.lead.post(f"{path}/close", json={"resolution": RESOLUTION})
    facts = _problem(refused, 409, "illegal_transition")["facts"]
    assert facts == {
        "action": "close",
        "stage": "pending",
        "allowed": ["triage", "assign", "cancel"],
    }
    _problem(desk.lead.post(f"{path}/settle", json={}), 422, "invalid_request")
    _problem(desk.lead.post(f"{path}/cancel", json={}), 422, "invalid_input")
    _problem(
        desk.lead.post(f"{path}/assign", json={"assignee_id": "per_nobody"}), 422, "unfit_assignee"
    )


def test_the_same_create_with_the_same_key_is_one(plant: Plant, desk: Desk) -> None:
    body = {"description": "loud", "serial_number": plant.serial_number}
    key = {"Idempotency-Key": "complaint-0001"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: desk.customer.post("/complaints", json=body, headers=key), range(8))
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(_ok(desk.customer.get("/complaints"))["items"]) == 1


def test_a_duplicate_preventive_order_names_the_first(plant: Plant, desk: Desk) -> None:
    body = {
        "kind": "preventive",
        "title": "Grease",
        "serial_number": plant.serial_number,
        "failure_mode": "bearing_wear",
    }
    first = _ok(desk.lead.post("/work-orders", json=body), 201)
    problem = _problem(desk.lead.post("/work-orders", json=body), 409, "open_order_exists")
    assert problem["facts"] == {"work_order_id": first["id"], "number": first["number"]}


def test_lists_page_and_filter(api: Api, plant: Plant, desk: Desk) -> None:
    with api.database.transaction() as session:
        made = [order(session, plant, title=f"第{n}号 pump").ticket.id for n in range(5)]
        complaint(session, plant)
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = _ok(desk.customer.get("/work-orders", params=params))
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == sorted(made, reverse=True)
    for params, count in (
        ({"stage": ["pending", "closed"], "kind": "corrective"}, 5),
        ({"stage": "closed"}, 0),
        ({"priority": "P0"}, 0),
        ({"assignee": "none"}, 5),
        ({"assignee": "me"}, 0),
        ({"asset_id": plant.asset_id}, 5),
        ({"organisation_id": plant.organisation_id}, 5),
        ({"open": False}, 0),
        ({"q": "3号"}, 1),
        ({"q": "PUMP 号"}, 5),
    ):
        page = _ok(desk.lead.get("/work-orders", params=params))
        assert len(page["items"]) == count, params
    for bad in ({"stage": "nowhere"}, {"limit": 1000}, {"kind": "complaint"}, {"open": "maybe"}):
        _problem(desk.lead.get("/work-orders", params=bad), 422, "invalid_request")
    found = _ok(desk.agent.get("/search", params={"q": "4号"}))["items"]
    assert [hit["id"] for hit in found] == [made[4]]


BAD_COMPLAINTS = (
    ({}, "invalid_request"),
    ({"description": ""}, "invalid_request"),
    ({"description": "   "}, "invalid_text"),
    ({"description": "a\0b"}, "invalid_request"),
    ({"description": "x" * 10_001}, "invalid_request"),
    ({"description": "x", "serial_number": "SN-NOPE"}, "unknown_serial"),
    ({"description": "x", "category": "gossip"}, "invalid_text"),
    ({"description": "x", "urgency": "soon"}, "invalid_request"),
    ({"description": "x", "failure_mode": "Bearing Wear"}, "invalid_request"),
    ({"description": "x", "stage": "closed"}, "invalid_request"),
    ({"description": 7}, "invalid_request"),
)


def test_bad_complaints(desk: Desk) -> None:
    for body, code in BAD_COMPLAINTS:
        _problem(desk.customer.post("/complaints", json=body), 422, code)
    assert _ok(desk.customer.get("/complaints"))["items"] == []


BAD_RESOLUTIONS = (
    {"findings": ""},
    {"labour_minutes": -1},
    {"labour_minutes": 1.5},
    {"cause": "magic"},
    {"performed_on": "2999-01-01"},
    {"parts": [{"part_number": "B", "position": "DE", "quantity": 0}]},
    {"parts": [{"part_number": "B", "position": "DE", "quantity": 2, "failed_serial": "S"}]},
    {"parts": [{"part_number": "B\0", "position": "DE"}]},
    {"failure_mode": None, "colour": "red"},
)


def test_bad_resolutions(api: Api, plant: Plant, desk: Desk) -> None:
    with api.database.transaction() as session:
        order_id = take_alarm(session, alarm(plant))
    path = f"/work-orders/{order_id}"
    before = _ok(desk.engineer.post(f"{path}/actions/start", json={}))
    for change in BAD_RESOLUTIONS:
        body = {"resolution": RESOLUTION | change}
        answer = desk.engineer.post(f"{path}/actions/close", json=body)
        assert answer.status_code == 422, change
        assert answer.json()["code"] in {"invalid_request", "invalid_input", "invalid_text"}
    assert _ok(desk.engineer.get(path)) == before


def test_codes_in_both_languages(desk: Desk) -> None:
    codes = _ok(desk.customer.get("/work-orders/codes"))
    assert {"code": "wear", "en": "Wear", "zh": "磨损"} in codes["causes"]
    assert "waiting_for_parts" in codes["hold_reasons"]


# Every route, and the roles of the manufacturer that may use it. All others get 403.
READERS = {
    "admin",
    "desk_agent",
    "desk_lead",
    "engineer",
    "claims_adjudicator",
    "dealer",
    "customer",
}
DESK = {"admin", "desk_agent", "desk_lead"}
LEADS = {"admin", "desk_lead"}
COMPLAINERS = {"admin", "desk_agent", "desk_lead", "dealer", "customer"}
ROUTES: tuple[tuple[str, str, dict[str, Any] | None, set[str]], ...] = (
    ("GET", "/work-orders", None, READERS | {"storekeeper"}),
    ("GET", "/work-orders/codes", None, READERS | {"storekeeper"}),
    ("GET", "/work-orders/{wo}", None, READERS | {"storekeeper"}),
    ("GET", "/work-orders/{wo}/candidates", None, LEADS),
    ("PATCH", "/work-orders/{wo}", {"title": "x"}, DESK),
    ("POST", "/work-orders", {"kind": "corrective", "title": "x", "asset_id": "{asset}"}, DESK),
    ("POST", "/work-orders/{wo}/comments", {"text": "x"}, COMPLAINERS | {"engineer"}),
    ("PUT", "/work-orders/{wo}/watch", None, READERS | {"storekeeper"}),
    ("DELETE", "/work-orders/{wo}/watch", None, READERS | {"storekeeper"}),
    ("POST", "/work-orders/{wo}/actions/triage", {}, DESK),
    ("POST", "/work-orders/{wo}/actions/cancel", {"reason": "x"}, LEADS),
    ("GET", "/complaints", None, READERS),
    ("GET", "/complaints/{cp}", None, READERS),
    ("PATCH", "/complaints/{cp}", {"title": "x"}, DESK),
    ("POST", "/complaints", {"description": "x", "asset_id": "{asset}"}, COMPLAINERS),
    ("POST", "/complaints/{cp}/comments", {"text": "x"}, COMPLAINERS),
    ("PUT", "/complaints/{cp}/watch", None, READERS),
    ("DELETE", "/complaints/{cp}/watch", None, READERS),
    ("POST", "/complaints/{cp}/links", {"ticket_id": "{wo}"}, DESK),
    ("DELETE", "/complaints/{cp}/links/{wo}", None, DESK),
    ("POST", "/complaints/{cp}/actions/triage", {}, DESK),
    ("POST", "/complaints/{cp}/actions/cancel", {"reason": "x"}, DESK),
)


@pytest.fixture
def clients(api: Api) -> Iterator[Callable[[str, Organisation | None], httpx.Client]]:
    made: dict[tuple[str, str], httpx.Client] = {}
    with ExitStack() as stack:

        def client(role: str, organisation: Organisation | None) -> httpx.Client:
            key = (role, organisation.id if organisation else "")
            if key not in made:
                made[key] = stack.enter_context(api.client_for(role, organisation))
            return made[key]

        yield client


def _filled(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, ids) for key, item in value.items()}
    return value.format_map(ids) if isinstance(value, str) else value


def _ids(api: Api, plant: Plant, template: str) -> dict[str, str]:
    with api.database.transaction() as session:
        wanted = "links" in template
        return {
            "wo": order(session, plant).ticket.id if wanted or "{wo}" in template else "",
            "cp": complaint(session, plant).ticket.id if "{cp}" in template else "",
            "asset": plant.asset_id,
        }


def test_every_route_with_every_role(
    api: Api,
    plant: Plant,
    clients: Callable[[str, Organisation | None], httpx.Client],
    anonymous: httpx.Client,
) -> None:
    with api.database.transaction() as session:
        foreign = session.get_one(Organisation, plant.stranger.organisation_id)
    for method, template, body, allowed in ROUTES:
        ids = _ids(api, plant, template)

        def send(client: httpx.Client) -> httpx.Response:
            path = template.format_map(ids)  # noqa: B023 - called in this turn of the loop
            return client.request(method, path, json=_filled(body, ids))  # noqa: B023

        for role in ROLES:
            answer = send(clients(role, None))
            if role not in allowed:
                _problem(answer, 403, "forbidden")
                continue
            assert answer.status_code in {200, 201, 204}, (role, method, template, answer.text)
            if method != "GET":  # it is not what it was; the next role gets one of its own
                ids = _ids(api, plant, template)
        _problem(send(anonymous), 401, "unauthenticated")
        for role in ("customer", "dealer"):
            answer = send(clients(role, foreign))
            if template in {"/work-orders", "/complaints"} and method == "GET":
                assert _ok(answer)["items"] == []
            elif template != "/work-orders/codes":
                assert answer.status_code in {403, 404}, (method, template, answer.text)
                assert plant.serial_number not in answer.text


def test_every_route_is_walked(api: Api) -> None:
    document = httpx.get(f"{api.url}/api/v1/openapi.json").json()
    served = {
        (method.upper(), path.removeprefix("/api/v1").partition("/actions/")[0])
        for path, operations in document["paths"].items()
        for method in operations
        if path.startswith(("/api/v1/work-orders", "/api/v1/complaints"))
    }
    walked = {
        (
            method,
            template.replace("{wo}", "{order_id}" if "/work-orders/" in template else "{ticket_id}")
            .replace("{cp}", "{complaint_id}")
            .partition("/actions/")[0],
        )
        for method, template, _, _ in ROUTES
    }
    assert walked == served


def test_a_hundred_complaints_from_a_hundred_connections(plant: Plant, api: Api) -> None:
    def one(number: int) -> httpx.Response:
        person_id = plant.customer.person_id
        with api.client_for("", person_id=person_id) as client:
            # One in ten about the same machine: those wait for each other, on a busy machine for long.
            about = {"serial_number": plant.serial_number} if number % 10 == 0 else {}
            body = {"description": f"noise {number}", **about}
            return client.post("/complaints", json=body)

    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(one, range(100)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 100
