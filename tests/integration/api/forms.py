"""A good body for every route that takes one, with real objects to refer to.

`FORMS` names every such route; a test compares it with the OpenAPI document. A form makes what it needs
through the API itself, so that it can be sent any number of times.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from anomaly.models import Alarm
from ingest.models import QuarantineEntry
from kernel.ids import new_id
from registry.models import GatewayLink
from tests.support import factories
from tests.support.http import Api

Body = dict[str, Any]
TODAY = date.today()  # noqa: DTZ011 - a date of the calendar, no moment


def days_ago(days: int) -> str:
    return str(TODAY - timedelta(days=days))


@dataclass
class Bench:
    """A signed-in administrator, and a customer with a machine under warranty."""

    api: Api
    admin: httpx.Client
    organisation_id: str = ""
    manufacturer_id: str = ""
    site_id: str = ""
    asset_id: str = ""
    serial_number: str = ""
    model_id: str = ""
    person_id: str = ""
    locations: list[str] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=count)
    tag: str = field(default_factory=lambda: uuid4().hex[:6])

    def set_up(self) -> None:
        with self.api.database.transaction() as session:
            owner = factories.organisation(session)
            asset = factories.asset(session, owner)
            asset.manufactured_on = TODAY - timedelta(days=240)
            asset.delivered_on = TODAY - timedelta(days=200)
            asset.commissioned_on = TODAY - timedelta(days=180)
            self.organisation_id, self.asset_id = owner.id, asset.id
            self.manufacturer_id = factories.manufacturer(session).id
            self.serial_number, self.model_id = asset.serial_number, asset.model_id
            self.site_id = asset.site_id or ""
            self.person_id = factories.person(session, "engineer", skills=("pump",)).id
        self.post("/policies", self.policy())
        self.post("/parts", {**self.part(), "number": self.bearing, "serialised": False})
        for kind in ("supplier", "warehouse"):
            self.locations.append(self.post("/locations", {**self.location(), "kind": kind})["id"])

    def post(self, path: str, body: Body | None = None) -> Any:
        answer = self.admin.post(path, json=body or {})
        assert answer.is_success, (path, body, answer.text)
        return answer.json() if answer.content else None

    def new(self) -> str:
        """Return what no name of another bench or form has."""
        return f"{self.tag}_{next(self.numbers)}"

    @property
    def bearing(self) -> str:
        return f"BRG0-{self.tag}"

    def policy(self) -> Body:
        return {
            "name_en": "Standard", "name_zh": "标准保修", "start_event": "commissioning",
            "months": 12, "effective_from": "2020-01-01", "replacement_days_min": 90,
        }  # fmt: skip

    def part(self) -> Body:
        return {
            "number": f"P-{self.new()}", "name_en": "Bearing", "name_zh": "轴承",
            "unit_price_minor": 18900, "currency": "CNY",
        }  # fmt: skip

    def location(self) -> Body:
        return {
            "kind": "warehouse", "name": f"Store {self.new()}",
            "organisation_id": self.manufacturer_id,
        }  # fmt: skip

    def asset(self) -> Body:
        return {
            "serial_number": f"S-{self.new()}", "name": "Feed pump", "model_id": self.model_id,
            "organisation_id": self.organisation_id, "site_id": self.site_id, "location": "Hall 2",
        }  # fmt: skip

    def person(self) -> Body:
        return {
            "organisation_id": self.organisation_id, "name": "Wang Wei",
            "email": f"w{self.new()}@example.com", "roles": ["customer"], "phone": "+86 571 1",
            "skills": ["pump"], "site_ids": [self.site_id],
        }  # fmt: skip

    def order(self) -> Body:
        return {
            "kind": "corrective", "title": "Pump 7 is loud", "asset_id": self.asset_id,
            "description": "Since Monday", "failure_mode": "bearing_wear",
        }  # fmt: skip

    def complaint(self) -> Body:
        return {
            "description": "It is loud", "title": "Loud", "asset_id": self.asset_id,
            "category": "machine_failure", "urgency": "high", "impact": "medium",
            "channel": "phone", "contact_name": "Li Na", "contact_phone": "1",
            "contact_email": "li@example.com", "expectation": "Quiet",
        }  # fmt: skip

    def claim(self, **changes: Any) -> Body:
        number = self.new()
        line = {
            "position": f"bearing {number}", "part_number": self.bearing, "failed_serial": f"F-{number}",
            "replacement_serial": f"R-{number}", "labour_minutes": 30,
        }  # fmt: skip
        return {
            "asset_id": self.asset_id, "failure_on": days_ago(3), "repaired_on": days_ago(2),
            "invoice_number": f"I-{number}", "lines": [line],
        } | changes  # fmt: skip

    def movement(self) -> Body:
        return {
            "part_number": self.bearing, "from_location_id": self.locations[0],
            "to_location_id": self.locations[1], "quantity": 2, "reason": "Stock",
        }  # fmt: skip

    def resolution(self) -> Body:
        return {
            "findings": "Worn", "cause": "wear", "remedy": "replace", "labour_minutes": 90,
            "failure_mode": "bearing_wear",
            "parts": [
                {
                    "part_number": self.bearing, "position": f"end {self.new()}",
                    "failed_serial": f"F-{self.new()}", "replacement_serial": f"R-{self.new()}",
                }
            ],
        }  # fmt: skip

    def started_order(self) -> str:
        order = self.post("/work-orders", self.order())["id"]
        self.post(f"/work-orders/{order}/actions/assign", {"assignee_id": self.person_id})
        self.post(f"/work-orders/{order}/actions/start")
        return str(order)

    def accepted_claim(self) -> str:
        made = self.post("/claims", self.claim())
        assert made["state"] == "accepted", made
        return str(made["id"])

    def asking_claim(self) -> str:
        # The letter O for the digit 0: the rules ask whether the other part is meant.
        body = self.claim()
        body["lines"][0]["part_number"] = self.bearing.replace("0", "O", 1)
        made = self.post("/claims", body)
        assert made["state"] == "needs_information", made
        return str(made["id"])

    def alarm(self) -> str:
        now = datetime.now(UTC)
        cause = {
            "series_id": 1, "series_name": "vibration_de", "kind": "vibration", "unit": "mm/s",
            "record": "high", "expected": [1.5, 2.5], "seen": 4.1, "score": 3.8,
            "since": now.isoformat(), "active": False,
        }  # fmt: skip
        with self.api.database.transaction() as session:
            made = Alarm(
                id=new_id("alm"), asset_id=self.asset_id, organisation_id=self.organisation_id,
                category="machine", severity="high", failure_mode="bearing_wear",
                state="returned_unacknowledged", historical=False, detector="test",
                onset_epoch=uuid4(), onset_lane="live", onset_seq=1, onset_index=0, onset_at=now,
                raised_at=now, returned_at=now, summary={"en": "a", "zh": "b"}, cause=cause,
                contributors=[cause], score=2.0,
            )  # fmt: skip
            session.add(made)
        return made.id

    def gateway(self, *, checked_in: bool = False) -> str:
        made = self.post("/gateways", {"name": f"G {self.new()}", "site_id": self.site_id})
        if checked_in:
            now = datetime.now(UTC)
            with self.api.database.transaction() as session:
                session.add(GatewayLink(gateway_id=made["id"], checked_in_at=now))
        return str(made["id"])

    def configuration(self) -> Body:
        tag = {
            "node": f"ns=2;s=Pump.{self.new()}", "asset": self.serial_number, "series": "vibration",
        }  # fmt: skip
        source = {"name": "line-1", "url": "opc.tcp://10.0.0.1:4840", "tags": [tag]}
        return {"document": {"opcua": [source]}, "note": "The first pump"}

    def configured_gateway(self) -> str:
        gateway = self.gateway()
        self.post(f"/gateways/{gateway}/configurations", self.configuration())
        return gateway

    def drifted_gateway(self) -> str:
        gateway = self.gateway()
        with self.api.database.transaction() as session:
            document = self.configuration()["document"]
            session.add(GatewayLink(gateway_id=gateway, document=document, digest=b"0" * 32))
        return gateway

    def tags(self) -> Body:
        tag = {
            "node": f"ns=2;s=Pump.{self.new()}", "asset": self.serial_number, "series": "flow",
            "unit": "m³/h", "kind": "flow",
        }  # fmt: skip
        source = {"kind": "opcua", "name": "line-1", "url": "opc.tcp://10.0.0.1:4840"}
        return {"source": source, "tags": [tag], "note": "Flow"}

    def quarantined(self) -> str:
        now = datetime.now(UTC)
        body = uuid4().bytes
        with self.api.database.transaction() as session:
            made = QuarantineEntry(
                id=new_id("qr"), kind="message", reason="not_a_frame", source="fw/v1/x/frames",
                digest=hashlib.sha256(body).digest(), size_bytes=len(body), body=body,
                first_seen_at=now, last_seen_at=now,
            )  # fmt: skip
            session.add(made)
        return made.id


Form = Callable[[Bench], tuple[str, Body]]


def _to(path: str, make: Callable[[Bench], Body]) -> Form:
    return lambda bench: (path, make(bench))


def _of(create: str, make: Callable[[Bench], Body], path: str, body: Body) -> Form:
    def form(bench: Bench) -> tuple[str, Body]:
        made = bench.post(create, make(bench))
        return path.format(id=made["id"]), dict(body)

    return form


def _role(bench: Bench) -> Body:
    return {"name": f"role_{bench.new()}", "permissions": ["assets.read"]}


def _made_role(bench: Bench) -> tuple[str, Body]:
    return f"/roles/{bench.post('/roles', _role(bench))['name']}", {"permissions": ["assets.read"]}


def _shifts(bench: Bench) -> tuple[str, Body]:
    shift = {
        "weekday": 1, "starts_at": "08:00:00", "ends_at": "16:00:00", "time_zone": "Asia/Shanghai"
    }  # fmt: skip
    person = bench.post("/people", bench.person())
    return f"/people/{person['id']}/shifts", {"shifts": [shift]}


def _link(bench: Bench) -> tuple[str, Body]:
    complaint = bench.post("/complaints", bench.complaint())
    order = bench.post("/work-orders", bench.order())
    return f"/complaints/{complaint['id']}/links", {"ticket_id": order["id"]}


def _reversal(bench: Bench) -> tuple[str, Body]:
    moved = bench.post("/movements", bench.movement())
    return f"/movements/{moved['id']}/reverse", {"reason": "A mistake"}


CONTACT = {"name": "Wang Wei", "phone": "+86 571 1", "email": "w@example.com"}
COMPLAINT_FIELDS = {"contact_name": "Li Na", "expectation": "Quiet"}


def _source(bench: Bench) -> Body:
    pattern = {"metric": "*", "node": "*", "device": "*", "asset": "{device}", "series": "{metric}",
               "unit": "bar"}  # fmt: skip
    return {
        "address": f"plant/node-{bench.new()}", "name": "Node", "site_id": bench.site_id,
        "mapping": {"kind": "sparkplug", "patterns": [pattern]},
    }  # fmt: skip


FORMS: dict[str, Form] = {
    "POST /session": _to("/session", lambda _: {"email": "nobody@example.com", "password": "no"}),
    "PATCH /session": _to("/session", lambda _: {"name": "An admin", "language": "en"}),
    "PUT /session/password": _to(
        "/session/password", lambda _: {"present_password": "no", "new_password": "Long enough 1"}
    ),
    "POST /password-resets": _to("/password-resets", lambda _: {"email": "nobody@example.com"}),
    "POST /password-links/read": _to("/password-links/read", lambda _: {"token": "0123456789ab"}),
    "POST /password-links/use": _to(
        "/password-links/use", lambda _: {"token": "0123456789ab", "new_password": "Long enough 1"}
    ),
    "POST /organisations": _to(
        "/organisations",
        lambda b: {
            "kind": "customer", "name": f"Works {b.new()}", "parent_id": b.manufacturer_id,
            "tier": "gold",
        },
    ),
    "PATCH /organisations/{organisation_id}": lambda b: (
        f"/organisations/{b.organisation_id}", {"name": f"Works {b.new()}", "tier": "gold"}
    ),
    "POST /contacts": _to("/contacts", lambda b: {"organisation_id": b.organisation_id, **CONTACT}),
    "PATCH /contacts/{contact_id}": _of(
        "/contacts", lambda b: {"organisation_id": b.organisation_id, **CONTACT}, "/contacts/{id}",
        CONTACT,
    ),
    "POST /people": _to("/people", lambda b: b.person()),
    "PATCH /people/{person_id}": _of(
        "/people", lambda b: b.person(), "/people/{id}", {"name": "Wang", "skills": ["pump"]}
    ),
    "PUT /people/{person_id}/shifts": _shifts,
    "POST /people/{person_id}/tokens": _of(
        "/people", lambda b: b.person(), "/people/{id}/tokens", {"name": "ERP"}
    ),
    "POST /roles": _to("/roles", _role),
    "PUT /roles/{name}": _made_role,
    "POST /sites": _to(
        "/sites",
        lambda b: {
            "organisation_id": b.organisation_id, "name": f"Plant {b.new()}", "address": "Road 18",
            "time_zone": "Asia/Shanghai",
        },
    ),
    "PATCH /sites/{site_id}": lambda b: (
        f"/sites/{b.site_id}", {"name": f"Plant {b.new()}", "address": "Road 18"}
    ),
    "POST /product-models": _to(
        "/product-models", lambda b: {"code": f"M-{b.new()}", "name": "Pump", "equipment_class": "p"}
    ),
    "PATCH /product-models/{model_id}": _of(
        "/product-models", lambda b: {"code": f"M-{b.new()}", "name": "Pump"},
        "/product-models/{id}", {"name": "Pump"},
    ),
    "POST /assets": _to("/assets", lambda b: b.asset()),
    "PATCH /assets/{asset_id}": _of(
        "/assets", lambda b: b.asset(), "/assets/{id}", {"name": "Pump", "location": "Hall 3"}
    ),
    "PUT /assets/{asset_id}/registration": _of(
        "/assets", lambda b: b.asset(), "/assets/{id}/registration", {"invoiced_on": days_ago(9)}
    ),
    "POST /gateways": _to("/gateways", lambda b: {"name": f"G {b.new()}", "site_id": b.site_id}),
    "POST /gateways/{gateway_id}/key/rotate": lambda b: (f"/gateways/{b.gateway()}/key/rotate", {}),
    "POST /gateways/{gateway_id}/enrolment-tokens": lambda b: (
        f"/gateways/{b.gateway()}/enrolment-tokens", {"hours": 2}
    ),
    "POST /gateways/{gateway_id}/configurations": lambda b: (
        f"/gateways/{b.gateway()}/configurations", b.configuration()
    ),
    "POST /gateways/{gateway_id}/configurations/check": lambda b: (
        f"/gateways/{b.gateway()}/configurations/check",
        {"document": b.configuration()["document"]},
    ),
    "POST /gateways/{gateway_id}/configurations/adopt": lambda b: (
        f"/gateways/{b.drifted_gateway()}/configurations/adopt", {"note": "As on site"}
    ),
    "POST /gateways/{gateway_id}/configurations/{version}/roll-back": lambda b: (
        f"/gateways/{b.configured_gateway()}/configurations/1/roll-back", {"note": "Once more"}
    ),
    "POST /gateways/{gateway_id}/tags": lambda b: (f"/gateways/{b.gateway()}/tags", b.tags()),
    "POST /gateways/{gateway_id}/browses": lambda b: (
        f"/gateways/{b.gateway(checked_in=True)}/browses",
        {"source": "line-1", "url": "opc.tcp://10.0.0.1:4840"},
    ),
    "POST /edge/enrolments": _to(
        "/edge/enrolments", lambda _: {"token": "fwe_" + "0" * 43, "claim": "1" * 43}
    ),
    "POST /work-orders": _to("/work-orders", lambda b: b.order()),
    "PATCH /work-orders/{order_id}": _of(
        "/work-orders", lambda b: b.order(), "/work-orders/{id}",
        {"title": "Pump", "description": "Loud"},
    ),
    "POST /work-orders/{order_id}/actions/{action}": lambda b: (
        f"/work-orders/{b.started_order()}/actions/close",
        {"reason": "Done", "resolution": b.resolution()},
    ),
    "POST /work-orders/{order_id}/comments": _of(
        "/work-orders", lambda b: b.order(), "/work-orders/{id}/comments", {"text": "On Monday"}
    ),
    "POST /complaints": _to("/complaints", lambda b: b.complaint()),
    "PATCH /complaints/{complaint_id}": _of(
        "/complaints", lambda b: b.complaint(), "/complaints/{id}",
        {"title": "Loud", "description": "Loud", "fields": COMPLAINT_FIELDS},
    ),
    "POST /complaints/{complaint_id}/actions/{action}": _of(
        "/complaints", lambda b: b.complaint(), "/complaints/{id}/actions/cancel",
        {"reason": "Sent twice"},
    ),
    "POST /complaints/{complaint_id}/comments": _of(
        "/complaints", lambda b: b.complaint(), "/complaints/{id}/comments", {"text": "On Monday"}
    ),
    "POST /complaints/{complaint_id}/links": _link,
    "POST /sources": _to("/sources", _source),
    "PUT /sources/{gateway_id}/mapping": lambda b: (
        f"/sources/{b.post('/sources', _source(b))['gateway_id']}/mapping",
        {"mapping": _source(b)["mapping"]},
    ),
    "POST /quarantine/{entry_id}/drop": lambda b: (
        f"/quarantine/{b.quarantined()}/drop", {"reason": "A test"}
    ),
    "POST /alarms/{alarm_id}/acknowledge": lambda b: (
        f"/alarms/{b.alarm()}/acknowledge", {"comment": "On my way"}
    ),
    "POST /claims": _to("/claims", lambda b: b.claim()),
    "POST /claims/{claim_id}/answer": lambda b: (
        f"/claims/{b.asking_claim()}/answer", {"note": "Looked again"}
    ),
    "POST /claims/{claim_id}/decide": lambda b: (
        f"/claims/{b.asking_claim()}/decide", {"decision": "refuse", "reason": "Misuse"}
    ),
    "POST /claims/{claim_id}/pay": lambda b: (
        f"/claims/{b.accepted_claim()}/pay", {"reference": "SEPA 1"}
    ),
    "POST /claims/{claim_id}/reverse": lambda b: (
        f"/claims/{b.accepted_claim()}/reverse", {"reason": "A mistake"}
    ),
    "POST /policies": _to("/policies", lambda b: {**b.policy(), "model_id": b.model_id}),
    "POST /policies/{policy_id}/end": _of(
        "/policies", lambda b: {**b.policy(), "effective_from": "2031-01-01"},
        "/policies/{id}/end", {"effective_to": "2032-01-01"},
    ),
    "POST /parts": _to("/parts", lambda b: b.part()),
    "POST /locations": _to("/locations", lambda b: b.location()),
    "POST /movements": _to("/movements", lambda b: b.movement()),
    "POST /movements/{movement_id}/reverse": _reversal,
}  # fmt: skip

# Good bodies, and yet refused: there is no such account, password or link.
REFUSED = {
    "POST /session": 401,
    "PUT /session/password": 422,
    "POST /password-links/read": 422,
    "POST /password-links/use": 422,
    "POST /edge/enrolments": 422,
}
