"""Gateways are found on the server: by words, by place and by how they are, the gravest first."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from kernel.clock import utc_now
from kernel.db import Database
from kernel.ids import new_id
from registry.models import GatewayLink
from tests.integration.conftest import ClientFor
from tests.support import factories
from tests.support.http import Api

PLC = {"kind": "opcua", "name": "plc", "state": "connected"}
NOW = utc_now()


def heard(database: Database, gateway_id: str, seconds: float = 0, *reports: Any) -> None:
    """A gateway was last heard of so many seconds ago, and said this of itself."""
    with database.transaction() as session:
        session.execute(
            text("INSERT INTO ingest.agents (agent_id, last_seen_at, sources)"
                 " VALUES (:id, :at, CAST(:sources AS jsonb))"),
            {"id": gateway_id, "at": utc_now() - timedelta(seconds=seconds),
             "sources": httpx.Response(200, json=list(reports)).text},
        )  # fmt: skip


class World:
    """Two customers; the first has two sites with gateways in every state."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as session:
            owner, other = factories.organisation(session), factories.organisation(session)
            self.owner_id, self.other_id = owner.id, other.id
            self.site_id = factories.site(session, owner).id
            self.second_site = factories.site(session, owner)
            self.second_site.name = "Brewery 100%"
            self.second_site_id = self.second_site.id
            self.theirs = factories.gateway(session, factories.site(session, other)).id
        self.owner = owner

    def gateway(self, name: str, *, site: str = "") -> str:
        with self.database.transaction() as session:
            place = session.get(factories.Site, site or self.site_id)
            assert place is not None
            made = factories.gateway(session, place)
            made.name = name
            return made.id

    def link(self, gateway_id: str, **facts: Any) -> None:
        with self.database.transaction() as session:
            session.add(GatewayLink(gateway_id=gateway_id, checked_in_at=utc_now(), **facts))


@pytest.fixture
def world(api: Api) -> World:
    return World(api.database)


def names(client: httpx.Client, **params: Any) -> list[str]:
    answer = client.get("/gateways", params=params)
    assert answer.is_success, answer.text
    return [each["name"] for each in answer.json()["items"]]


def test_gateways_are_found_by_how_they_are_the_gravest_first(
    world: World, client_for: ClientFor
) -> None:
    database = world.database
    heard(database, world.gateway("e online"), 0, PLC)
    heard(database, world.gateway("a offline"), 301, PLC)
    heard(database, world.gateway("c late"), 90, PLC)
    heard(database, world.gateway("b trouble"), 0, {**PLC, "state": "lost"})
    world.gateway("d never")
    drifted = world.gateway("f drifted")
    heard(database, drifted, 0, PLC)
    world.link(drifted, configuration_state="drifted", configuration_version=1)
    admin = client_for("admin")
    of = {"organisation_id": world.owner_id}
    gone = world.gateway("g revoked")
    heard(database, gone, 9999, PLC)
    assert admin.post(f"/gateways/{gone}/revoke").is_success
    everyone = ["a offline", "b trouble", "c late", "d never", "e online", "f drifted", "g revoked"]
    assert names(admin, **of) == everyone
    assert names(admin, **of, state=["trouble", "late"]) == ["b trouble", "c late"]
    assert names(admin, **of, state="offline") == ["a offline"]
    assert names(admin, **of, drifted="true") == ["f drifted"]
    listed = admin.get("/gateways", params=of).json()["items"]
    assert [each["state"] for each in listed] == [
        "offline", "trouble", "late", "never", "online", "online", "revoked",
    ]  # fmt: skip
    assert {each["kind"] for each in listed} == {"edge"}
    # Each page goes on where the one before ended.
    seen: list[str] = []
    cursor = None
    for _ in range(4):
        page = admin.get("/gateways", params={**of, "limit": 2, "cursor": cursor} if cursor
                         else {**of, "limit": 2}).json()  # fmt: skip
        seen += [each["name"] for each in page["items"]]
        cursor = page["next_cursor"]
    assert (seen, cursor) == (everyone, None)
    counted = admin.get("/gateways/counts", params=of).json()
    assert counted == {
        "total": 7,
        "states": {"offline": 1, "trouble": 1, "late": 1, "never": 1, "online": 2, "revoked": 1},
        "drifted": 1,
    }


def test_gateways_are_found_by_words_and_place(world: World, client_for: ClientFor) -> None:
    admin = client_for("admin")
    mark = new_id("x")[-8:]
    world.gateway(f"Pump house {mark}")
    world.gateway(f"Filling {mark}", site=world.second_site_id)
    assert names(admin, q=mark) == [f"Filling {mark}", f"Pump house {mark}"]
    assert names(admin, q=f"{mark} PUMP") == [f"Pump house {mark}"]
    assert names(admin, q=f"{mark} 100%") == [f"Filling {mark}"]
    assert names(admin, q=f"{mark} 100_") == []
    assert names(admin, q=mark, site_id=world.site_id) == [f"Pump house {mark}"]
    assert names(admin, organisation_id=world.other_id, q=mark) == []
    (found,) = admin.get("/gateways", params={"q": f"{mark} filling"}).json()["items"]
    assert (found["site_name"], found["site_id"]) == ("Brewery 100%", world.second_site_id)
    counted = admin.get("/gateways/counts", params={"q": mark}).json()
    assert (counted["total"], counted["states"]["never"]) == (2, 2)
    assert admin.get("/gateways", params={"state": "angry"}).status_code == 422
    wrong = admin.get("/gateways", params={"cursor": "WyJ4Il0"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_input")


def test_nobody_finds_or_counts_those_of_others(world: World, client_for: ClientFor) -> None:
    world.gateway("Mine")
    customer = client_for("admin", world.owner)
    assert names(customer) == ["Mine"]
    assert names(customer, organisation_id=world.other_id) == []
    assert customer.get("/gateways/counts").json()["total"] == 1


@pytest.mark.parametrize(
    ("report", "troubled"),
    [
        (PLC, False),
        ({"kind": "agent", "name": "agent", "state": "trouble", "detail": "disk"}, True),
        ({"kind": "buffer", "state": "ok", "bytes_used": 81, "bytes_max": 100}, True),
        ({"kind": "buffer", "state": "ok", "bytes_used": 80, "bytes_max": 100}, False),
        ({"kind": "buffer", "state": "ok", "bytes_used": None, "bytes_max": 0}, False),
        ({**PLC, "bad_nodes_count": 1}, True),
        ({**PLC, "bad_nodes_count": 0}, False),
        ({**PLC, "state": "connecting"}, False),
        ({**PLC, "server_certificate": {"trusted": False}}, True),
        ({**PLC, "server_certificate": {"trusted": True, "not_after": "2020-01-01T00:00:00+00:00"}},
         True),
        ({**PLC, "server_certificate": {
            "trusted": True, "not_after": (NOW + timedelta(days=13)).isoformat()}}, True),
        ({**PLC, "server_certificate": {
            "trusted": True, "not_after": (NOW + timedelta(days=15)).isoformat()}}, False),
        ({"kind": 7, "state": None, "bad_nodes_count": "many", "server_certificate": "x"}, False),
    ],
)  # fmt: skip
def test_what_a_gateway_says_of_itself_counts(
    world: World, client_for: ClientFor, report: dict[str, Any], *, troubled: bool
) -> None:
    gateway = world.gateway("Pump house")
    heard(world.database, gateway, 0, report)
    shown = client_for("admin").get(f"/gateways/{gateway}").json()
    assert shown["state"] == ("trouble" if troubled else "online")


def test_what_the_platform_noticed_and_a_refused_configuration_count(
    world: World, client_for: ClientFor
) -> None:
    admin = client_for("admin")

    def state(gateway_id: str) -> str:
        return str(admin.get(f"/gateways/{gateway_id}").json()["state"])

    clock, refused = world.gateway("Clock"), world.gateway("Refused")
    for gateway in (clock, refused):
        heard(world.database, gateway, 0, PLC)
    alarm = {"id": new_id("gal"), "gateway": clock, "at": utc_now()}
    with world.database.transaction() as session:
        session.execute(
            text("INSERT INTO ingest.gateway_alarms (id, agent_id, kind, detail, raised_at)"
                 " VALUES (:id, :gateway, 'clock_offset', '{}', :at)"), alarm,
        )  # fmt: skip
    world.link(refused, configuration_state="refused", refused_version=2, configuration_version=1)
    assert (state(clock), state(refused)) == ("trouble", "trouble")
    with world.database.transaction() as session:
        session.execute(text("UPDATE ingest.gateway_alarms SET cleared_at = :at"), alarm)
        # A newer version than the one that was refused is on its way.
        session.execute(
            text("UPDATE registry.gateways SET configuration_version = 3 WHERE id = :id"),
            {"id": refused},
        )
    assert (state(clock), state(refused)) == ("online", "online")


def test_third_parties_are_found_by_words_place_and_kind(
    world: World, client_for: ClientFor
) -> None:
    admin = client_for("admin")
    mark = new_id("x")[-8:]
    made = []
    for name, site in (("Fans", world.site_id), ("Pumps 100%", world.second_site_id)):
        body = {
            "address": f"plant/{name[0]}{mark}", "name": f"{name} {mark}", "site_id": site,
            "mapping": {"kind": "sparkplug", "patterns": [
                {"metric": "*", "node": "*", "device": "*", "asset": "{device}", "series": "{metric}"}]},
        }  # fmt: skip
        answer = admin.post("/sources", json=body)
        assert answer.is_success, answer.text
        made.append(answer.json()["gateway_id"])
    with world.database.transaction() as session:
        session.execute(
            text("INSERT INTO ingest.seen_sources"
                 " (id, kind, address, messages, names, first_seen_at, last_seen_at)"
                 " VALUES (:id, 'json', :address, 1, '[\"Outlet 50%\"]', now(), now())"),
            {"id": new_id("seen"), "address": f"line/{mark}"},
        )  # fmt: skip

    def found(path: str = "/sources", **params: Any) -> list[str]:
        items = admin.get(path, params=params).json()["items"]
        return [each["address"].removesuffix(mark) for each in items]

    assert found(q=mark) == ["plant/F", "plant/P"]
    assert found(q=f"pumps 100% {mark}") == ["plant/P"]
    assert found(q=mark, site_id=world.site_id) == ["plant/F"]
    assert found(q=mark, organisation_id=world.other_id) == []
    assert found(q=mark, kind="json") == []
    assert admin.post(f"/sources/{made[0]}/release").is_success
    assert found(q=mark, released="true") == ["plant/F"]
    assert found(q=mark, released="false") == ["plant/P"]
    (shown,) = admin.get("/sources", params={"q": f"P{mark}"}).json()["items"]
    assert shown["site_name"] == "Brewery 100%"
    kinds = admin.get("/gateways", params={"q": mark}).json()["items"]
    assert {each["kind"] for each in kinds} == {"sparkplug"}
    assert found("/sources/seen", q=mark) == ["line/"]
    assert found("/sources/seen", q="outlet 50%") == ["line/"]
    assert found("/sources/seen", q=mark, kind="sparkplug") == []
