"""Claims, coverage and parts over HTTP."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from registry.models import Asset, Organisation
from tests.integration.conftest import ClientFor
from tests.support import factories
from tests.support.http import Api

# The routes read the real clock, so the machine is one of today's.
TODAY = date.today()  # noqa: DTZ011 - a date of the calendar, no moment


def days_ago(days: int) -> str:
    return str(TODAY - timedelta(days=days))


@pytest.fixture
def customer(api: Api) -> Organisation:
    with api.database.transaction() as session:
        return factories.organisation(session)


@pytest.fixture
def machine(api: Api, customer: Organisation) -> Asset:
    with api.database.transaction() as session:
        made = factories.asset(session, customer)
        made.manufactured_on = TODAY - timedelta(days=240)
        made.delivered_on = TODAY - timedelta(days=200)
        made.commissioned_on = TODAY - timedelta(days=180)
        session.flush()
    return made


@pytest.fixture
def admin(client_for: ClientFor) -> httpx.Client:
    client = client_for("admin")
    policy = {
        "name_en": "Standard",
        "name_zh": "标准保修",
        "start_event": "commissioning",
        "months": 12,
        "effective_from": "2020-01-01",
        "replacement_days_min": 90,
    }
    part = {"number": "BRG-6204", "name_en": "Bearing", "name_zh": "轴承", "serialised": True}
    assert client.post("/policies", json=policy).status_code == 201
    assert client.post("/parts", json=part).status_code == 201
    return client


def claim_of(machine: Asset, **changes: Any) -> dict[str, Any]:
    line = {
        "position": "drive end",
        "part_number": "brg 6204",
        "failed_serial": "B-1",
        "replacement_serial": "B-2",
        "labour_minutes": 90,
    }
    body = {
        "serial_number": machine.serial_number.lower(),
        "failure_on": days_ago(3),
        "repaired_on": days_ago(2),
        "lines": [line],
    }
    return body | changes


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["code"] == code, body
    return body


def test_a_claim_and_its_duplicate(
    admin: httpx.Client, client_for: ClientFor, machine: Asset
) -> None:
    engineer = client_for("engineer")
    key = {"Idempotency-Key": "claim-of-today"}
    made = engineer.post("/claims", json=claim_of(machine), headers=key)
    assert made.status_code == 201, made.text
    first = made.json()
    assert first["state"] == "accepted"
    (line,) = first["lines"]
    assert (line["covered"], line["clause"]) == (True, "machine_terms")
    assert line["covered_until"] == line["coverage"]["until"]
    assert line["coverage"]["trail"][0]["policy_name"] == {"en": "Standard", "zh": "标准保修"}
    # The same request again is not a second claim.
    again = engineer.post("/claims", json=claim_of(machine), headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["id"] == first["id"]
    second = engineer.post("/claims", json=claim_of(machine))
    assert second.status_code == 201
    refused = second.json()
    assert refused["state"] == "refused"
    assert refused["refusal"]["prior_claim_id"] == first["id"]
    assert refused["refusal"]["rule"] == "a"
    assert first["number"] in refused["refusal"]["explanation"]["en"]
    assert first["number"] in refused["refusal"]["explanation"]["zh"]
    assert refused["refusal"]["detail"]["rules"] == ["a", "b"]
    read = engineer.get(f"/claims/{refused['id']}")
    assert read.json() == refused
    listed = admin.get("/claims", params={"state": ["accepted"], "asset_id": machine.id}).json()
    assert [item["id"] for item in listed["items"]] == [first["id"]]
    page = admin.get("/claims", params={"limit": 1}).json()
    rest = admin.get("/claims", params={"limit": 1, "cursor": page["next_cursor"]}).json()
    assert [page["items"][0]["id"], rest["items"][0]["id"]] == [refused["id"], first["id"]]
    fittings = engineer.get(f"/assets/{machine.id}/fittings").json()["items"]
    assert [piece["serial_number"] for piece in fittings] == ["B-1", "B-2"]


def test_a_claims_life_over_http(
    admin: httpx.Client, client_for: ClientFor, machine: Asset
) -> None:
    dealer_like, finance = client_for("engineer"), client_for("finance")
    adjudicator = client_for("claims_adjudicator")
    draft = dealer_like.post("/claims", json=claim_of(machine, draft=True)).json()
    assert (draft["state"], draft["lines"][0]["coverage"]) == ("draft", None)
    submitted = dealer_like.post(f"/claims/{draft['id']}/submit").json()
    assert submitted["state"] == "accepted"
    claim = f"/claims/{draft['id']}"
    problem(dealer_like.post(f"{claim}/pay", json={}), 403, "forbidden")
    problem(dealer_like.post(f"{claim}/reverse", json={"reason": "x"}), 403, "forbidden")
    stale = finance.post(f"{claim}/pay", json={}, headers={"If-Match": '"1"'})
    assert submitted["version"] > 1
    problem(stale, 412, "stale_version")
    tag = finance.get(claim).headers["etag"]
    paid = finance.post(f"{claim}/pay", json={"reference": "T-1"}, headers={"If-Match": tag})
    assert paid.json()["state"] == "paid"
    assert paid.headers["etag"] == f'"{paid.json()["version"]}"'
    body = problem(finance.post(f"{claim}/pay", json={}), 409, "illegal_transition")
    assert body["facts"] == {"state": "paid", "requested": "paid"}
    back = finance.post(f"{claim}/reverse", json={"reason": "wrong machine"}).json()
    assert (back["state"], back["lines"][0]["state"]) == ("reversed", "reversed")
    line = {"position": "NDE", "part_number": "BRG-62O4"}
    asked = dealer_like.post("/claims", json=claim_of(machine, lines=[line])).json()
    assert asked["state"] == "needs_information"
    assert [f["why"]["code"] for f in asked["lines"][0]["findings"]] == ["look_alike_part"]
    decided = adjudicator.post(
        f"/claims/{asked['id']}/decide", json={"decision": "refuse", "reason": "no such part"}
    ).json()
    assert (decided["state"], decided["refusal"]["rule"]) == ("refused", "decision")
    other = dealer_like.post("/claims", json=claim_of(machine, lines=[line])).json()
    answered = dealer_like.post(f"/claims/{other['id']}/answer", json={"note": "looked again"})
    assert answered.json()["state"] == "needs_information"
    assert admin.get("/search", params={"q": asked["number"]}).json()["items"][0]["kind"] == "claim"


def test_bad_claims_are_told_what_is_wrong(
    admin: httpx.Client, client_for: ClientFor, machine: Asset
) -> None:
    client = client_for("engineer")
    tomorrow = str(TODAY + timedelta(days=3))
    line = claim_of(machine)["lines"][0]

    def post(**changes: Any) -> httpx.Response:
        return client.post("/claims", json=claim_of(machine, **changes))

    body = problem(post(serial_number="SN-NOWHERE"), 422, "unknown_serial")
    assert body["facts"] == {"serial_number": "SN-NOWHERE"}
    problem(post(failure_on=tomorrow, repaired_on=None), 422, "date_in_future")
    problem(post(failure_on=days_ago(241)), 422, "failure_before_manufacture")
    problem(post(repaired_on=days_ago(4)), 422, "repair_before_failure")
    problem(post(lines=[line, line]), 422, "line_repeated")
    problem(post(asset_id=machine.id), 422, "invalid_input")
    problem(post(serial_number=None, asset_id="ast_none"), 404, "not_found")
    for changes in (
        {"lines": []},
        {"lines": [line | {"quantity": 0}]},
        {"lines": [line | {"quantity": 1.5}]},
        {"lines": [line | {"position": " "}]},
        {"lines": [line | {"position": "a\x00b"}]},
        {"lines": [line | {"part_number": "x" * 201}]},
        {"meter": -1},
        {"meter": "NaN"},
        {"failure_on": "2026-02-30"},
        {"nonsense": 1},
    ):
        problem(post(**changes), 422, "invalid_request")
    problem(client.get("/claims/clm_none"), 404, "not_found")
    assert admin.get("/claims").json()["items"] == []


def test_coverage_over_http(admin: httpx.Client, machine: Asset) -> None:
    serial = machine.serial_number.replace("-", " ").lower()
    asked = {"serial": serial, "on": days_ago(0), "part_number": "BRG6204"}
    answer = admin.get("/coverage", params=asked).json()
    assert (answer["covered"], answer["verdict"], answer["clause"]) == (
        True, "covered", "machine_terms",
    )  # fmt: skip
    same = admin.get(f"/assets/{machine.id}/coverage", params=asked).json()
    assert same == answer
    before = admin.get("/coverage", params=asked | {"on": days_ago(300)}).json()
    assert (before["covered"], before["reason"]["code"]) == (False, "not_started")
    problem(admin.get("/coverage", params=asked | {"serial": "SN-X"}), 422, "unknown_serial")
    problem(admin.get("/coverage", params=asked | {"part_number": "Q"}), 422, "unknown_part")
    problem(admin.get("/coverage", params=asked | {"on": "soon"}), 422, "invalid_request")
    problem(admin.get("/coverage", params=asked | {"meter": "-1"}), 422, "invalid_request")
    registration = f"/assets/{machine.id}/registration"
    problem(admin.get(registration), 404, "not_found")
    made = admin.put(registration, json={"invoiced_on": days_ago(190)})
    assert (made.status_code, made.headers["etag"]) == (200, '"1"')
    assert admin.get(registration).json() == made.json()
    stale = admin.put(registration, json={}, headers={"If-Match": '"9"'})
    problem(stale, 412, "stale_version")


def test_policies_over_http(admin: httpx.Client) -> None:
    (policy,) = admin.get("/policies").json()["items"]
    assert policy["checks"]["registration"] == "skip"
    assert admin.get(f"/policies/{policy['id']}").json() == policy
    terms = {key: policy[key] for key in ("name_en", "name_zh", "start_event", "months")}
    terms |= {"effective_from": "2026-01-01", "part_number": "BRG 6204", "meter_limit": "8000"}
    made = admin.post("/policies", json=terms)
    assert made.status_code == 201, made.text
    part = admin.get("/parts").json()["items"][0]
    assert made.json()["family_id"] == part["family_id"]
    for changes, code in (
        ({"checks": {"duplicate": "skip"}}, "policy_check_not_allowed"),
        ({"model_id": "pm_none"}, "invalid_input"),
        ({"family_id": "pfm_none"}, "invalid_input"),
        ({"part_number": "Q"}, "unknown_part"),
        ({"effective_to": "2025-12-31"}, "invalid_input"),
        ({"months": -1}, "invalid_request"),
        ({"start_event": "birth"}, "invalid_request"),
    ):
        problem(admin.post("/policies", json=terms | changes), 422, code)
    end = {"effective_to": "2026-12-31"}
    path = f"/policies/{policy['id']}/end"
    problem(admin.post(path, json=end, headers={"If-Match": '"7"'}), 412, "stale_version")
    ended = admin.post(path, json=end, headers={"If-Match": '"1"'})
    assert (ended.json()["effective_to"], ended.json()["version"]) == ("2026-12-31", 2)


def test_parts_and_stock_over_http(admin: httpx.Client, client_for: ClientFor) -> None:
    (part,) = admin.get("/parts", params={"q": "brg62"}).json()["items"]
    read = admin.get(f"/parts/{part['id']}")
    assert (read.json(), read.headers["etag"]) == (part, '"1"')
    body = {"number": "brg6204", "name_en": "B", "name_zh": "轴"}
    assert problem(admin.post("/parts", json=body), 409, "part_exists")["facts"] == {
        "part_id": part["id"]
    }
    keeper = client_for("storekeeper")
    home = admin.get("/session").json()["organisation"]["id"]
    supplier, store = (
        keeper.post("/locations", json={"kind": kind, "name": kind, "organisation_id": home}).json()
        for kind in ("supplier", "warehouse")
    )
    assert keeper.get(f"/locations/{store['id']}").json() == store
    found = keeper.get("/locations", params={"kind": "warehouse"}).json()["items"]
    assert found == [store]
    move = {
        "part_number": "BRG-6204",
        "from_location_id": supplier["id"],
        "to_location_id": store["id"],
        "quantity": 5,
    }
    moved = keeper.post("/movements", json=move, headers={"Idempotency-Key": "delivery-1"})
    assert moved.status_code == 201, moved.text
    again = keeper.post("/movements", json=move, headers={"Idempotency-Key": "delivery-1"})
    assert again.json() == moved.json()
    assert moved.json()["to_location"]["name"] == "warehouse"
    stock = keeper.get("/stock", params={"location_id": store["id"]}).json()["items"]
    assert [(row["part"]["id"], row["quantity"]) for row in stock] == [(part["id"], 5)]
    one = keeper.get("/stock", params={"limit": 1}).json()
    rest = keeper.get("/stock", params={"limit": 1, "cursor": one["next_cursor"]}).json()
    assert sorted(row["quantity"] for row in (*one["items"], *rest["items"])) == [-5, 5]
    problem(keeper.get("/stock", params={"cursor": page_cursor(keeper)}), 422, "invalid_input")
    back = {"from_location_id": store["id"], "to_location_id": supplier["id"]}
    short = problem(
        keeper.post("/movements", json=move | back | {"quantity": 6}), 409, "insufficient_stock"
    )
    assert (short["facts"]["available"], short["facts"]["requested"]) == (5, 6)
    reverse = f"/movements/{moved.json()['id']}/reverse"
    reversed_ = keeper.post(reverse, json={"reason": "never came"})
    assert reversed_.json()["reverses_id"] == moved.json()["id"]
    problem(keeper.post(reverse, json={"reason": "again"}), 409, "movement_reversed")
    assert keeper.get(f"/movements/{moved.json()['id']}").json() == moved.json()
    assert len(keeper.get("/movements", params={"part_id": part["id"]}).json()["items"]) == 2
    for changes in ({"quantity": 0}, {"quantity": 1.5}, {"quantity": "2"}, {"moved_at": "now"}):
        problem(keeper.post("/movements", json=move | changes), 422, "invalid_request")


def page_cursor(client: httpx.Client) -> str:
    """A cursor of another list."""
    cursor: str = client.get("/locations", params={"limit": 1}).json()["next_cursor"]
    return cursor


def test_a_customer_sees_its_own_claims_alone(
    admin: httpx.Client, client_for: ClientFor, machine: Asset, customer: Organisation, api: Api
) -> None:
    made = admin.post("/claims", json=claim_of(machine)).json()
    with api.database.transaction() as session:
        stranger = factories.organisation(session)
    own, other = client_for("customer", customer), client_for("customer", stranger)
    assert own.get(f"/claims/{made['id']}").json()["id"] == made["id"]
    problem(own.post("/claims", json=claim_of(machine)), 403, "forbidden")
    problem(other.get(f"/claims/{made['id']}"), 404, "not_found")
    assert other.get("/claims").json()["items"] == []
    serial = {"serial": machine.serial_number, "on": days_ago(0)}
    assert own.get("/coverage", params=serial).status_code == 200
    problem(other.get("/coverage", params=serial), 422, "unknown_serial")
    problem(other.get(f"/assets/{machine.id}/coverage", params=serial), 404, "not_found")
    problem(other.get(f"/assets/{machine.id}/fittings"), 404, "not_found")


@pytest.mark.usefixtures("admin")
def test_thirty_two_clients_claim_one_failure(client_for: ClientFor, machine: Asset) -> None:
    engineer = client_for("engineer")
    gate = threading.Barrier(32)

    def post(_: int) -> dict[str, Any]:
        gate.wait()
        answer = engineer.post("/claims", json=claim_of(machine))
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    with ThreadPoolExecutor(32) as pool:
        claims = list(pool.map(post, range(32)))
    accepted = [claim for claim in claims if claim["state"] == "accepted"]
    assert len(accepted) == 1
    for claim in claims:
        if claim["state"] == "refused":
            assert claim["refusal"]["prior_claim_id"] == accepted[0]["id"]
