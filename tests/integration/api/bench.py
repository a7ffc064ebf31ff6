"""Somebody to fill in forms: a signed-in administrator with real objects to refer to."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import numpy as np

from anomaly.models import Alarm, DeviationRow
from ingest.models import QuarantineEntry
from kernel.db import driver_connection
from kernel.ids import new_id
from registry.models import GatewayLink
from telemetry import service as telemetry
from tests.support import factories
from tests.support.http import Api
from work_orders.mail.models import MailMessage

Body = dict[str, Any]
TODAY = date.today()  # noqa: DTZ011 - a date of the calendar, no moment


CAUSE = {
    "series_id": 1, "series_name": "vibration_de", "kind": "vibration", "unit": "mm/s",
    "record": "high", "expected": [1.5, 2.5], "seen": 4.1, "score": 3.8, "active": False,
}  # fmt: skip


def days_ago(days: int) -> str:
    return str(TODAY - timedelta(days=days))


def hours_ahead(hours: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


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
        cause = CAUSE | {"since": now.isoformat()}
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

    def series(self) -> int:
        with self.api.database.transaction() as session:
            return telemetry.register_series(session, self.asset_id, f"flow_{self.new()}")

    def backtest(self) -> Body:
        """Of a day with readings; only so many may be under way."""
        for other in self.admin.get("/backtests", params={"limit": 200}).json()["items"]:
            if other["ended_at"] is None:
                self.admin.post(f"/backtests/{other['id']}/cancel")
        begin = datetime(2026, 3, 1, tzinfo=UTC)
        ts_us = round(begin.timestamp()) * 1_000_000 + np.arange(10, dtype=np.int64)
        columns = telemetry.ReadingColumns(
            np.full(10, self.series(), np.int32), ts_us, np.ones(10), np.zeros(10, np.uint32),
            ts_us, int(ts_us[-1]),
        )  # fmt: skip
        engine = self.api.database.engine
        telemetry.ensure_partitions(engine, columns)
        with self.api.database.transaction() as session:
            telemetry.copy_readings(engine, driver_connection(session), columns)
        return {
            "applies_to": "assets", "asset_ids": [self.asset_id], "begins_at": begin.isoformat(),
            "ends_at": (begin + timedelta(days=1)).isoformat(), "detector": "river",
            "parameters": {"steps": [{"name": "anomaly.GaussianScorer"}]},
        }  # fmt: skip

    def active_alarm(self) -> str:
        """One of a machine of its own: a machine has one active alarm."""
        asset_id = self.post("/assets", self.asset())["id"]
        now = datetime.now(UTC)
        onset = {
            "onset_epoch": uuid4(), "onset_lane": "live", "onset_seq": 1, "onset_index": 0,
            "onset_at": now, "detector": "test", "score": 2.0,
        }  # fmt: skip
        with self.api.database.transaction() as session:
            made = Alarm(
                id=new_id("alm"), asset_id=asset_id, organisation_id=self.organisation_id,
                category="machine", severity="high", failure_mode="bearing_wear",
                state="active_unacknowledged", historical=False, raised_at=now,
                summary={"en": "a", "zh": "b"}, cause=CAUSE | {"since": now.isoformat()},
                contributors=[], **onset,
            )  # fmt: skip
            session.add(made)
            session.flush()
            session.add(
                DeviationRow(
                    alarm_id=made.id, series_id=1, agent_id="gw_none", record="high", since_s=0.0,
                    **onset,
                )
            )  # fmt: skip
        return made.id

    def maintenance(self) -> Body:
        return {
            "kind": "maintenance", "asset_id": self.asset_id, "ends_at": hours_ahead(1),
            "starts_at": hours_ahead(0), "reason": "Overhaul",
        }  # fmt: skip

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

    def letter(self) -> str:
        """Return the id of a letter that waits for a person."""
        mail_id = new_id("mail")
        with self.api.database.transaction() as session:
            session.add(
                MailMessage(
                    id=mail_id, direction="in", key=mail_id, state="held", reason="unknown_sender",
                    sender="a@b.example", subject="Leak", body="It leaks.", at=datetime.now(UTC),
                    raw=b"From: a@b.example\r\nSubject: Leak\r\n\r\nIt leaks.\r\n",
                )
            )  # fmt: skip
        return mail_id
