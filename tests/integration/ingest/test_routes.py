"""Gateways and quarantine over HTTP: made with a key that works, seen in scope, decided on the record."""

from collections.abc import Callable

import pytest

from kernel.db import Database
from kernel.wire.messages import Tag
from registry.assets import service as assets
from registry.assets.service import gateway_key
from registry.models import Organisation
from tests.integration.conftest import ClientFor
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Edge, Plant
from tests.support import factories

Connect = Callable[[Plant], Edge]


@pytest.mark.usefixtures("consumer")
def test_a_gateway_from_its_making_to_its_revocation(
    client_for: ClientFor, database: Database, connect: Connect
) -> None:
    with database.transaction() as session:
        owner = factories.organisation(session)
        site = factories.site(session, owner)
        asset = factories.asset(session, owner, on_site=site)
    admin = client_for("admin")
    made = admin.post("/gateways", json={"name": "Pump house", "site_id": site.id})
    assert made.status_code == 201, made.text
    gateway = made.json()
    assert bytes.fromhex(gateway["key"]) == gateway_key(gateway["id"], 1)
    tags = (Tag("a", asset.serial_number, "a"), Tag("b", "UNKNOWN", "b"))
    plant = Plant(gateway["id"], bytes.fromhex(gateway["key"]), tags)
    edge = connect(plant)
    edge.announce()
    edge.report(taken=4, buffered=0, sources=[{"name": "plc", "kind": "opcua", "state": "up"}])
    frame = plant.frame([1.0, 2.0, 3.0, 4.0])
    edge.send(frame)
    edge.wait_acked(frame)
    shown = client_for("desk_agent").get(f"/gateways/{gateway['id']}").json()
    assert "key" not in shown
    assert (shown["taken"], shown["stored"], shown["quarantined"], shown["buffered"]) == (
        4,
        2,
        2,
        0,
    )
    assert (shown["version_running"], shown["sources"][0]["name"]) == ("1.0", "plc")
    assert abs(shown["clock_offset_ms"]) < 60_000
    assert shown["last_seen_at"]
    listed = admin.get("/gateways").json()["items"]
    assert [item["id"] for item in listed] == [gateway["id"]]
    stale = admin.post(f"/gateways/{gateway['id']}/revoke", headers={"If-Match": '"99"'})
    assert stale.status_code == 412
    revoked = admin.post(f"/gateways/{gateway['id']}/revoke").json()
    assert revoked["revoked_at"]
    assert (
        admin.post(f"/gateways/{gateway['id']}/revoke").json()["revoked_at"]
        == (revoked["revoked_at"])
    )
    (first, *_) = admin.get("/audit", params={"object_id": gateway["id"]}).json()["items"]
    assert first["action"] == "gateway.revoke"


def test_a_gateway_needs_a_site_one_sees(client_for: ClientFor, database: Database) -> None:
    admin = client_for("admin")
    assert admin.post("/gateways", json={"name": "x", "site_id": "site_none"}).status_code == 404
    assert admin.post("/gateways", json={"name": "", "site_id": "a"}).status_code == 422
    with database.transaction() as session:
        mine, theirs = factories.organisation(session), factories.organisation(session)
        site = factories.site(session, theirs)
        gateway = factories.gateway(session, site)
    scoped = client_for("admin", mine)
    assert scoped.post("/gateways", json={"name": "x", "site_id": site.id}).status_code == 404
    assert scoped.get(f"/gateways/{gateway.id}").status_code == 404
    assert scoped.post(f"/gateways/{gateway.id}/revoke").status_code == 404
    assert scoped.get("/gateways").json()["items"] == []


@pytest.mark.usefixtures("consumer")
def test_quarantine_is_shown_replayed_and_dropped(
    client_for: ClientFor, database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(tags=1, more=(Tag("late", "LATE-1", "late"),))
    edge = connect(plant)
    edge.announce()
    frame = plant.frame([float("nan"), 2.0, 3.0, 4.0])
    edge.send(frame)
    edge.wait_acked(frame)
    admin = client_for("admin")
    items = admin.get("/quarantine", params={"gateway_id": plant.agent}).json()["items"]
    by_reason = {item["reason"]: item for item in items}
    assert {reason: item["readings"] for reason, item in by_reason.items()} == {
        "not_finite": 1,
        "unknown_series": 2,
    }
    unknown, broken = by_reason["unknown_series"], by_reason["not_finite"]
    refused = admin.post(f"/quarantine/{unknown['id']}/replay")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_replayable")
    with database.transaction() as session:
        gateway = assets.find_gateway(session, plant.agent)
        assert gateway is not None
        owner = session.get(Organisation, gateway.organisation_id)
        factories.asset(session, owner, serial_number="LATE-1")
    replayed = admin.post(f"/quarantine/{unknown['id']}/replay")
    assert replayed.status_code == 200, replayed.text
    assert (replayed.json()["stored"], replayed.json()["remaining"]) == (2, {})
    again = admin.post(f"/quarantine/{unknown['id']}/replay")
    assert (again.status_code, again.json()["code"]) == (409, "already_resolved")
    shown = admin.get(f"/quarantine/{broken['id']}")
    assert shown.status_code == 200
    dropped = admin.post(
        f"/quarantine/{broken['id']}/drop",
        json={"reason": "known fault"},
        headers={"If-Match": shown.headers["ETag"]},
    )
    assert dropped.json()["state"] == "dropped"
    assert admin.get("/quarantine", params={"state": "open"}).json()["items"] == []
    counted = admin.get(f"/gateways/{plant.agent}").json()
    assert (counted["stored"], counted["quarantined"]) == (3, 1)
    with database.transaction() as session:
        stranger = factories.organisation(session)
    scoped = client_for("admin", stranger)
    assert scoped.get("/quarantine").json()["items"] == []
    assert scoped.get(f"/quarantine/{broken['id']}").status_code == 404
    assert scoped.post(f"/quarantine/{broken['id']}/drop").status_code == 404
