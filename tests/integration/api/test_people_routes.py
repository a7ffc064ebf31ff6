"""Administering people and roles over HTTP, and the trail it leaves."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from sqlalchemy import select, update

from kernel.ids import new_id
from registry.models import Organisation, Person, PersonRole, RolePermission
from tests.integration.conftest import ClientFor
from tests.support.http import Api


def _person(admin: httpx.Client, customer: Organisation, **more: Any) -> httpx.Response:
    body = {
        "organisation_id": customer.id,
        "name": "Li Na",
        "email": f"{new_id('p')}@example.com",
        **more,
    }
    return admin.post("/people", json=body)


def test_people_with_roles_sites_and_shifts(admin: httpx.Client, customer: Organisation) -> None:
    site = admin.post("/sites", json={"organisation_id": customer.id, "name": "a"}).json()["id"]
    made = _person(
        admin, customer, roles=["engineer", "storekeeper"], skills=["pumps"], site_ids=[site]
    )
    assert made.status_code == 201
    path = f"/people/{made.json()['id']}"
    shift = {
        "weekday": 1,
        "starts_at": "08:00:00",
        "ends_at": "16:00:00",
        "time_zone": "Asia/Shanghai",
    }
    set_to = admin.put(f"{path}/shifts", json={"shifts": [shift]}, headers={"If-Match": '"1"'})
    assert set_to.status_code == 200
    assert set_to.json()["shifts"] == [shift]
    stale = admin.put(f"{path}/shifts", json={"shifts": []}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    for wrong in (
        {**shift, "ends_at": "07:00:00"},
        {**shift, "time_zone": "Nowhere/At all"},
        {**shift, "weekday": 8},
    ):
        assert admin.put(f"{path}/shifts", json={"shifts": [wrong]}).status_code == 422
    changed = admin.patch(path, json={"roles": ["engineer"], "site_ids": [], "active": True})
    assert (changed.json()["roles"], changed.json()["site_ids"]) == (["engineer"], [])
    assert changed.json()["version"] == set_to.json()["version"] + 1
    assert admin.get(path).json() == changed.json()


def test_a_person_needs_what_there_is(admin: httpx.Client, customer: Organisation) -> None:
    taken = _person(admin, customer).json()["email"]
    for body, code in (
        ({"email": taken.upper()}, "email_taken"),
        ({"roles": ["wizard"]}, "unknown_role"),
        ({"site_ids": ["site_none"]}, "unknown_site"),
        ({"organisation_id": "org_none"}, "unknown_organisation"),
        ({"email": "no address"}, "invalid_request"),
        ({"language": "fr"}, "invalid_request"),
    ):
        refused = _person(admin, customer, **body)
        assert refused.status_code in {409, 422}, body
        assert refused.json()["code"] == code


def test_who_is_no_longer_active_is_out_at_once(api: Api, admin: httpx.Client) -> None:
    with api.client_for("engineer") as engineer:
        person = engineer.headers["x-test-person"]
        assert engineer.get("/session").status_code == 200
        assert admin.patch(f"/people/{person}", json={"active": False}).status_code == 200
        assert engineer.get("/session").status_code == 401


def test_rights_change_with_the_rows(client_for: ClientFor, admin: httpx.Client) -> None:
    created = admin.post("/roles", json={"name": new_id("auditor"), "permissions": ["audit.read"]})
    assert created.status_code == 201
    role = created.json()["name"]
    keeper = client_for("storekeeper")
    assert keeper.get("/audit").status_code == 403
    person = keeper.headers["x-test-person"]
    admin.patch(f"/people/{person}", json={"roles": ["storekeeper", role]})
    assert keeper.get("/audit").status_code == 200
    path = f"/roles/{role}"
    emptied = admin.put(path, json={"permissions": []}, headers={"If-Match": '"1"'})
    assert emptied.json()["permissions"] == []
    assert keeper.get("/audit").status_code == 403
    stale = admin.put(path, json={"permissions": []}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    in_use = admin.delete(path)
    assert (in_use.status_code, in_use.json()["code"]) == (409, "role_in_use")
    admin.patch(f"/people/{person}", json={"roles": ["storekeeper"]})
    assert admin.delete(path).status_code == 204
    unknown = admin.post("/roles", json={"name": "odd", "permissions": ["rule.world"]})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_permission")
    exists = admin.post("/roles", json={"name": "admin"})
    assert (exists.status_code, exists.json()["code"]) == (409, "role_exists")


def _only(api: Api, admin: httpx.Client) -> str:
    """Leave `admin` the only administrator there is."""
    person = str(admin.headers["x-test-person"])
    with api.database.transaction() as session:
        others = select(PersonRole.person_id).where(
            PersonRole.role == "admin", PersonRole.person_id != person
        )
        session.execute(update(Person).where(Person.id.in_(others)).values(active=False))
    return person


def test_the_last_administrator_stays(api: Api, admin: httpx.Client) -> None:
    person = _only(api, admin)
    for change in ({"roles": ["engineer"]}, {"active": False}):
        refused = admin.patch(f"/people/{person}", json=change)
        assert (refused.status_code, refused.json()["code"]) == (409, "last_administrator")
    refused = admin.put("/roles/admin", json={"permissions": ["audit.read"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "last_administrator")
    assert admin.get(f"/people/{person}").json()["roles"] == ["admin"]
    with api.database.transaction() as session:
        kept = session.scalars(
            select(RolePermission.permission).where(RolePermission.role == "admin")
        ).all()
    assert "administration.manage" in kept


def test_administrators_who_remove_each_other_leave_one(
    api: Api, admin: httpx.Client, client_for: ClientFor
) -> None:
    _only(api, admin)
    clients = [admin, *(client_for("admin") for _ in range(5))]
    people = [client.headers["x-test-person"] for client in clients]

    def remove(pair: tuple[httpx.Client, str]) -> int:
        client, victim = pair
        return client.patch(f"/people/{victim}", json={"active": False}).status_code

    pairs = [(clients[n], people[n - 1]) for n in range(len(clients))]
    with ThreadPoolExecutor(len(pairs)) as pool:
        answers = list(pool.map(remove, pairs))
    assert set(answers) <= {200, 401, 409}
    with api.database.transaction() as session:
        left = session.scalars(select(Person.id).where(Person.id.in_(people), Person.active)).all()
    assert len(left) >= 1


def test_the_audit_trail_says_who_did_what(admin: httpx.Client, customer: Organisation) -> None:
    path = f"/organisations/{customer.id}"
    admin.patch(path, json={"name": "New name", "tier": "gold"})
    params = {"object_kind": "organisation", "object_id": customer.id}
    entry = admin.get("/audit", params=params).json()["items"][0]
    assert entry["action"] == "organisation.update"
    assert entry["changes"] == {"name": [customer.name, "New name"], "tier": ["standard", "gold"]}
    assert entry["actor_id"] == admin.headers["x-test-person"]
    later = {**params, "since": entry["recorded_at"]}
    assert [one["id"] for one in admin.get("/audit", params=later).json()["items"]] == [entry["id"]]
    before = {**params, "until": entry["recorded_at"]}
    assert admin.get("/audit", params=before).json()["items"] == []
    mine: dict[str, str | int] = {"actor_id": admin.headers["x-test-person"], "limit": 1}
    first = admin.get("/audit", params=mine).json()
    assert len(first["items"]) == 1
    odd = admin.get("/audit", params={"cursor": "WyJhIl0"})
    assert odd.status_code == 422
    assert admin.get("/audit", params={"since": "2026-01-01T00:00:00"}).status_code == 422
