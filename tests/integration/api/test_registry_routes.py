"""Administering organisations, contacts, sites, models, assets, people and roles over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from kernel.ids import new_id
from registry.models import Organisation, TagMapping
from tests.support import factories
from tests.support.http import Api

HOSTILE = (
    "Robert'); DROP TABLE registry.assets;--",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}} ${7*7} %(x)s %s \\' \\u0000",
    '=HYPERLINK("http://evil")',
    "\u202etxt.exe",
    "' OR '1'='1",
)


def _model(admin: httpx.Client) -> str:
    body = {"code": new_id("P"), "name": "Pump", "equipment_class": "pump"}
    made = admin.post("/product-models", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def _asset(admin: httpx.Client, customer: Organisation, **more: Any) -> httpx.Response:
    body = {
        "serial_number": new_id("SN"),
        "name": "Feed pump",
        "organisation_id": customer.id,
        **more,
    }
    if "model_id" not in body:
        body["model_id"] = _model(admin)
    return admin.post("/assets", json=body)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_stored_and_returned_as_it_came(
    admin: httpx.Client, customer: Organisation, text: str
) -> None:
    own = {"organisation_id": customer.id}
    unique = f"{text}{new_id('x')}"
    bodies: dict[str, dict[str, Any]] = {
        "/organisations": {
            "kind": "customer",
            "name": text,
            "tier": text,
            "parent_id": customer.parent_id,
        },
        "/contacts": {**own, "name": text, "phone": text},
        "/sites": {**own, "name": text, "address": text},
        "/product-models": {"code": unique, "name": text, "equipment_class": text},
        "/assets": {
            **own,
            "serial_number": unique,
            "name": text,
            "location": text,
            "model_id": _model(admin),
        },
        "/people": {
            **own,
            "name": text,
            "email": f"{new_id('p')}@example.com",
            "phone": text,
            "skills": [text],
        },
    }
    for path, body in bodies.items():
        made = admin.post(path, json=body)
        assert made.status_code == 201, made.text
        read = admin.get(f"{path}/{made.json()['id']}")
        assert read.headers["content-type"] == "application/json"
        for field, value in body.items():
            assert read.json()[field] == value, (path, field)
        params: dict[str, str | int] = {"q": text, "limit": 200, "archived": "all"}
        found = admin.get(path, params=params)
        assert found.status_code == 200, path
        assert made.json()["id"] in {item["id"] for item in found.json()["items"]}, path
        changed = admin.patch(f"{path}/{made.json()['id']}", json={"name": text + "2"})
        assert changed.json()["name"] == text + "2"
    assert admin.get("/search", params={"q": text}).status_code == 200
    assert (
        admin.get("/audit", params={"action": text[:60], "actor_id": text[:60]}).status_code == 200
    )


def test_a_wildcard_is_a_character(admin: httpx.Client, customer: Organisation) -> None:
    admin.post("/sites", json={"organisation_id": customer.id, "name": "50% site_a"})
    for words, hits in (("50%", 1), ("site_a", 1), ("%", 1), ("5_%", 0), ("siteXa", 0)):
        params = {"q": words, "organisation_id": customer.id}
        assert len(admin.get("/sites", params=params).json()["items"]) == hits, words


def test_pages_hold_every_row_once(admin: httpx.Client, customer: Organisation) -> None:
    names = [f"Site {number % 3}" for number in range(11)]  # equal names on page borders
    for name in names:
        admin.post("/sites", json={"organisation_id": customer.id, "name": name})
    seen: list[str] = []
    cursor = None
    while True:
        params: dict[str, str | int] = {"organisation_id": customer.id, "limit": 2}
        if cursor:
            params["cursor"] = cursor
        page = admin.get("/sites", params=params).json()
        assert len(page["items"]) <= 2
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == len(names)


def test_the_tree_of_organisations(admin: httpx.Client, customer: Organisation) -> None:
    manufacturer = admin.get("/session").json()["organisation"]["id"]

    def add(kind: str, parent: str) -> httpx.Response:
        return admin.post("/organisations", json={"kind": kind, "name": kind, "parent_id": parent})

    dealer = add("dealer", manufacturer).json()["id"]
    below = add("customer", dealer).json()["id"]
    assert add("dealer", dealer).status_code == 201
    for kind, parent in (("customer", customer.id), ("dealer", below), ("customer", "org_none")):
        refused = add(kind, parent)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_parent")
    assert add("manufacturer", manufacturer).status_code == 422
    in_use = admin.post(f"/organisations/{dealer}/archive")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "organisation_in_use")
    assert in_use.json()["facts"]["organisations"] == 2


def test_archiving_keeps_and_restoring_brings_back(
    admin: httpx.Client, customer: Organisation
) -> None:
    site = admin.post("/sites", json={"organisation_id": customer.id, "name": "a"}).json()
    asset = _asset(admin, customer, site_id=site["id"]).json()
    in_use = admin.post(f"/sites/{site['id']}/archive")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "site_in_use")
    assert admin.post(f"/assets/{asset['id']}/archive").json()["archived_at"] is not None
    listed = admin.get("/assets", params={"organisation_id": customer.id}).json()["items"]
    assert listed == []
    only = {"organisation_id": customer.id, "archived": "only"}
    assert len(admin.get("/assets", params=only).json()["items"]) == 1
    assert admin.post(f"/sites/{site['id']}/archive").status_code == 200
    for path in ("/contacts", "/sites"):
        assert (
            admin.post(path, json={"organisation_id": customer.id, "name": "x"}).status_code == 201
        )
    for path in ("/sites", "/contacts"):
        for item in admin.get(path, params={"organisation_id": customer.id}).json()["items"]:
            assert admin.post(f"{path}/{item['id']}/archive").status_code == 200
    assert admin.post(f"/organisations/{customer.id}/archive").status_code == 200
    for path in ("/contacts", "/sites"):
        refused = admin.post(path, json={"organisation_id": customer.id, "name": "x"})
        assert (refused.status_code, refused.json()["code"]) == (422, "unknown_organisation")
    assert admin.post(f"/assets/{asset['id']}/restore").status_code == 422
    assert admin.post(f"/organisations/{customer.id}/restore").status_code == 200
    assert admin.post(f"/assets/{asset['id']}/restore").json()["archived_at"] is None


def test_a_serial_is_one_whatever_its_punctuation(
    admin: httpx.Client, customer: Organisation
) -> None:
    serial = new_id("A-1")
    first = _asset(admin, customer, serial_number=serial)
    assert first.status_code == 201
    for again in (serial.upper(), serial.replace("-", " "), serial.replace("_", "/")):
        refused = _asset(admin, customer, serial_number=again)
        assert (refused.status_code, refused.json()["code"]) == (409, "serial_taken")
    empty = _asset(admin, customer, serial_number="-/.")
    assert (empty.status_code, empty.json()["code"]) == (422, "invalid_serial")
    own = admin.patch(f"/assets/{first.json()['id']}", json={"serial_number": serial.upper()})
    assert own.status_code == 200


def test_the_same_serial_at_once_is_registered_once(
    admin: httpx.Client, customer: Organisation
) -> None:
    serial, model = new_id("SN"), _model(admin)

    def register(_: int) -> int:
        return _asset(admin, customer, serial_number=serial, model_id=model).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = sorted(pool.map(register, range(16)))
    assert answers == [201] + [409] * 15


def test_dates_of_an_asset_are_in_order(admin: httpx.Client, customer: Organisation) -> None:
    wrong = _asset(admin, customer, manufactured_on="2026-03-01", commissioned_on="2026-02-01")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "dates_out_of_order")
    made = _asset(admin, customer, delivered_on="2026-02-01").json()
    late = admin.patch(f"/assets/{made['id']}", json={"manufactured_on": "2026-02-02"})
    assert late.json()["code"] == "dates_out_of_order"
    unknown = _asset(admin, customer, model_id="pm_none")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_model")


def test_a_new_owner_leaves_site_and_gateway_behind(
    api: Api, admin: httpx.Client, customer: Organisation
) -> None:
    with api.database.transaction() as session:
        other = factories.organisation(session)
        site = factories.site(session, customer)
        gateway = factories.gateway(session, site)
        asset = factories.asset(session, customer, on_site=site)
        session.add(TagMapping(gateway_id=gateway.id, tag="a", asset_id=asset.id, series_name="a"))
    assert len(admin.get(f"/assets/{asset.id}/tags").json()["items"]) == 1
    moved = admin.patch(f"/assets/{asset.id}", json={"organisation_id": other.id})
    assert moved.status_code == 200
    assert (moved.json()["organisation_name"], moved.json()["site_id"]) == (other.name, None)
    assert admin.get(f"/assets/{asset.id}/tags").json()["items"] == []
    history = admin.get(f"/assets/{asset.id}/history").json()["items"]
    assert history[0]["changes"]["organisation_id"] == [customer.id, other.id]
    assert history[0]["actor_id"] == admin.headers["x-test-person"]


def test_null_empties_only_what_may_be_empty(admin: httpx.Client, customer: Organisation) -> None:
    made = _asset(admin, customer, location="Hall 2").json()
    path = f"/assets/{made['id']}"
    assert admin.patch(path, json={"location": None}).json()["location"] is None
    refused = admin.patch(path, json={"name": None})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "null_not_allowed")
    same = admin.patch(path, json={"name": made["name"]})
    assert same.json()["version"] == 2  # nothing differed, nothing was written


def test_an_unknown_time_zone_is_refused(admin: httpx.Client, customer: Organisation) -> None:
    for zone in ("Mars/Olympus", "../../etc/passwd", "utc+8"):
        body = {"organisation_id": customer.id, "name": "x", "time_zone": zone}
        refused = admin.post("/sites", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "unknown_time_zone")
