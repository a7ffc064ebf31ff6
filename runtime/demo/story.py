"""The story: a bearing wears out, and everything that follows, each step read back through the HTTP API.

Nothing here decides an outcome. The steps act as people would and then wait to see what the platform made
of it; a step that does not happen in time ends the story, and says which.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from typing import Any

from kernel.errors import Unavailable
from runtime.demo.client import ApiClient
from runtime.demo.plant import DemoPlant
from runtime.demo.report import Report, Step, Teller
from runtime.demo.world import PUMP, World
from runtime.supervisor.stack import Stack

FAULT = "bearing_wear"
SEVERITY = 1.0
RAMP_SECONDS = 15.0
POSITION = "drive end"
FAILED_SERIAL = "BRG-{tag}-0001"
REPLACEMENT_SERIAL = "BRG-{tag}-0002"

# When to give up, which is far later than a step takes on a machine that has the time.
_WARM_SECONDS_MAX = 240.0
_ALARM_SECONDS_MAX = 120.0
_STEP_SECONDS_MAX = 90.0
_WATCH_SECONDS = 3.0
_WATCH_EVERY_SECONDS = 0.02
_VALUES_SEEN_MIN = 20


class Story:
    """One telling; `tell` runs it."""

    def __init__(
        self,
        stack: Stack,
        world: World,
        plant: DemoPlant,
        report: Report,
        told: Callable[[Step], None],
    ) -> None:
        self._stack = stack
        self._world = world
        self._plant = plant
        self._report = report
        self._teller = Teller(report, told)
        self._people: dict[str, ApiClient] = {}
        self._asset_id = world.assets[PUMP]

    def tell(self) -> None:
        """Run every step and fill in the report.

        Raises:
            ForewarnError: a step did not happen; the report says which and why.
        """
        with self._signed_in():
            self._warm()
            self._fault()
            alarm = self._alarm()
            order = self._work_order(alarm)
            self._complaint(order)
            self._close(order["id"], alarm["id"])
            self._first_claim(alarm)
            self._second_claim()

    @contextmanager
    def _signed_in(self) -> Iterator[None]:
        with ExitStack() as open_clients:
            for role in ("desk_lead", "engineer", "customer", "dealer", "admin"):
                login = self._world.logins[role]
                client = ApiClient(self._stack.address, login.email, login.password)
                open_clients.callback(client.close)
                self._people[role] = client
            yield

    def _warm(self) -> None:
        desk = self._people["desk_lead"]
        with self._teller.step("warm") as say:
            desk.wait_for(
                "the past was played", self._history_done, timeout_seconds=_WARM_SECONDS_MAX
            )
            series = desk.wait_for(
                "the pump has series",
                lambda: desk.get(f"/assets/{self._asset_id}/series")["items"],
                timeout_seconds=_STEP_SECONDS_MAX,
            )
            desk.wait_for(
                "every detector of the pump is warm",
                lambda: all(desk.get(f"/series/{s['id']}/expected")["warm"] for s in series),
                timeout_seconds=_WARM_SECONDS_MAX,
                every_seconds=1.0,
            )
            alarms = desk.get("/alarms", asset_id=self._asset_id)["items"]
            if alarms:
                raise Unavailable(f"an alarm on a healthy pump: {alarms[0]['summary']['en']}")
            say(f"{len(series)} series of the pump have learnt two days; no alarm")

    def _history_done(self) -> bool:
        try:
            return self._plant.progress().history_done
        except Unavailable:
            return False  # being restarted; the wait around this is bounded

    def _fault(self) -> None:
        with self._teller.step("fault") as say:
            self._plant.start_fault(PUMP, FAULT, SEVERITY, RAMP_SECONDS)
            ages = self._ages_when_seen()
            self._report.latency_seconds["value_to_stored_p95"] = round(
                statistics.quantiles(ages, n=20)[-1], 3
            )
            say(
                f"bearing wear grows on {self._world.serials[PUMP]} over {RAMP_SECONDS:.0f} s;"
                f" {len(ages)} values were seen stored meanwhile"
            )

    def _ages_when_seen(self) -> list[float]:
        """Ask for the pump's newest values again and again; return how old each was when first seen.

        Older than when it was stored by up to one round of asking: an upper bound.
        """
        desk = self._people["desk_lead"]
        series = desk.get(f"/assets/{self._asset_id}/series")["items"]
        ids = ",".join(str(each["id"]) for each in series)
        ages: list[float] = []
        seen: dict[int, str] = {}
        began = time.monotonic()
        # Longer while a process is being restarted.
        while time.monotonic() < began + _WATCH_SECONDS or len(ages) < _VALUES_SEEN_MIN:
            if time.monotonic() > began + _STEP_SECONDS_MAX:
                raise Unavailable(
                    f"only {len(ages)} new values of the pump in {_STEP_SECONDS_MAX:.0f} s"
                )
            latest = desk.get("/series/latest", ids=ids)["items"]
            now = datetime.now(UTC)
            for value in latest:
                known = seen.get(value["series_id"])
                seen[value["series_id"]] = value["ts"]
                if known not in {None, value["ts"]}:
                    ages.append((now - datetime.fromisoformat(value["ts"])).total_seconds())
            time.sleep(_WATCH_EVERY_SECONDS)
        return ages

    def _alarm(self) -> dict[str, Any]:
        desk = self._people["desk_lead"]
        with self._teller.step("alarm") as say:
            alarm: dict[str, Any] = desk.wait_for(
                "an alarm",
                lambda: next(iter(desk.get("/alarms", asset_id=self._asset_id)["items"]), None),
                timeout_seconds=_ALARM_SECONDS_MAX,
                every_seconds=0.1,
            )
            self._report.alarm_id = alarm["id"]
            say(f"{alarm['severity']}: {alarm['summary']['en']}")
        return alarm

    def _work_order(self, alarm: dict[str, Any]) -> dict[str, Any]:
        desk = self._people["desk_lead"]
        engineer = self._world.person_ids["engineer"]
        with self._teller.step("work_order") as say:
            order: dict[str, Any] = desk.wait_for(
                "a preventive work order",
                lambda: next(iter(self._orders()), None),
                timeout_seconds=_STEP_SECONDS_MAX,
                every_seconds=0.05,
            )
            seen_at = datetime.now(UTC)
            raised_at = datetime.fromisoformat(alarm["raised_at"])
            latency = (seen_at - raised_at).total_seconds()
            self._report.latency_seconds["alarm_to_work_order_p95"] = round(latency, 3)
            self._report.work_order_id = order["id"]
            order = desk.get(f"/work-orders/{order['id']}")
            if order["assignee_id"] != engineer or not order["reason"]:
                raise Unavailable(
                    f"{order['number']} is with {order['assignee_name']}, its reason {order['reason']}"
                )
            say(f"{order['number']} for {order['assignee_name']}: {order['title']}")
        return order

    def _orders(self) -> list[dict[str, Any]]:
        orders: list[dict[str, Any]] = self._people["desk_lead"].get(
            "/work-orders", asset_id=self._asset_id, kind="preventive"
        )["items"]
        return orders

    def _complaint(self, order: dict[str, Any]) -> None:
        customer, desk = self._people["customer"], self._people["desk_lead"]
        with self._teller.step("complaint_linked") as say:
            made = customer.post(
                "/complaints",
                {
                    "description": "1号给水泵噪音很大,振动明显。 Feed pump 1 is loud and shakes.",
                    "serial_number": self._world.serials[PUMP].lower(),
                    "category": "machine_failure",
                    "urgency": "high",
                    "impact": "medium",
                    "channel": "web",
                },
            )
            complaint = desk.get(f"/complaints/{made['id']}")
            linked = [link["ticket_id"] for link in complaint["links"]]
            if order["id"] not in linked:
                raise Unavailable(f"{complaint['number']} is linked to {linked}")
            self._report.complaint_id = complaint["id"]
            say(f"{complaint['number']} is linked to {order['number']}")

    def _close(self, order_id: str, alarm_id: str) -> None:
        engineer = self._people["engineer"]
        tag = self._world.tag.upper()
        with self._teller.step("closed_with_part") as say:
            engineer.post(f"/work-orders/{order_id}/actions/start")
            self._plant.end_fault(PUMP, FAULT)
            # Nobody closes an order while the machine still shakes.
            engineer.wait_for(
                "the pump runs as before",
                lambda: not engineer.get(f"/alarms/{alarm_id}")["state"].startswith("active"),
                timeout_seconds=_ALARM_SECONDS_MAX,
                every_seconds=0.5,
            )
            engineer.post(
                f"/work-orders/{order_id}/actions/close",
                {
                    "resolution": {
                        "findings": "Drive end bearing pitted on the outer race; replaced.",
                        "cause": "wear",
                        "remedy": "replace",
                        "labour_minutes": 90,
                        "failure_mode": FAULT,
                        "performed_on": str(_today()),
                        "parts": [
                            {
                                "part_number": self._world.bearing,
                                "position": POSITION,
                                "failed_serial": FAILED_SERIAL.format(tag=tag),
                                "replacement_serial": REPLACEMENT_SERIAL.format(tag=tag),
                            }
                        ],
                    }
                },
            )
            order = engineer.get(f"/work-orders/{order_id}")
            if order["stage"] != "closed" or len(order["parts"]) != 1:
                raise Unavailable(f"{order['number']} is {order['stage']}, parts {order['parts']}")
            part = order["parts"][0]
            say(
                f"{part['part_number']} replaced at {part['position']}, the pump runs as before;"
                f" {order['number']} is closed"
            )

    def _claim(self, who: str, **more: Any) -> dict[str, Any]:
        tag = self._world.tag.upper()
        made = self._people[who].post(
            "/claims",
            {
                "asset_id": self._asset_id,
                "failure_on": str(_today()),
                "repaired_on": str(_today()),
                "lines": [
                    {
                        "part_number": self._world.bearing,
                        "position": POSITION,
                        "failed_serial": FAILED_SERIAL.format(tag=tag),
                        "replacement_serial": REPLACEMENT_SERIAL.format(tag=tag),
                        "quantity": 1,
                        "labour_minutes": 90,
                    }
                ],
                **more,
            },
        )
        claim: dict[str, Any] = self._people[who].get(f"/claims/{made['id']}")
        return claim

    def _first_claim(self, alarm: dict[str, Any]) -> None:
        with self._teller.step("claim_accepted") as say:
            claim = self._claim(
                "engineer",
                work_order_id=self._report.work_order_id,
                alarm_id=alarm["id"],
                invoice_number=f"INV-{self._world.tag}-1",
            )
            line = claim["lines"][0]
            if claim["state"] != "accepted" or not line["covered"] or not line["covered_until"]:
                raise Unavailable(f"claim {claim['number']} is {claim['state']}: {line}")
            self._report.accepted_claim_id = claim["id"]
            say(f"{claim['number']} is accepted; covered until {line['covered_until']}")

    def _second_claim(self) -> None:
        with self._teller.step("claim_refused") as say:
            claim = self._claim(
                "dealer",
                complaint_ids=[self._report.complaint_id],
                invoice_number=f"INV-{self._world.tag}-2",
            )
            refusal = claim["refusal"] or {}
            if claim["state"] != "refused" or (
                refusal.get("prior_claim_id") != self._report.accepted_claim_id
            ):
                raise Unavailable(f"claim {claim['number']} is {claim['state']}: {refusal}")
            self._report.refused_claim = {
                "prior_claim_id": refusal["prior_claim_id"],
                "rule": refusal["rule"],
            }
            say(
                f"{claim['number']} is refused by rule ({refusal['rule']}): {refusal['explanation']['en']}"
            )

    def account(self) -> None:
        """Stop the plant, let everything that was taken arrive, and count.

        Raises:
            Unavailable: not everything arrived in time, or there is more than one work order.
        """
        with self._signed_in():
            orders = self._orders()
            if len(orders) != 1:
                raise Unavailable(f"{len(orders)} preventive work orders on one pump")
            self._stack.remove("plant")
            gateway = self._people["admin"].wait_for(
                "every reading taken is stored or in quarantine",
                self._settled,
                timeout_seconds=_STEP_SECONDS_MAX,
            )
        self._report.readings_sent = gateway["taken"]
        self._report.readings_stored = gateway["stored"]
        self._report.readings_quarantined = gateway["quarantined"]

    def _settled(self) -> Any:
        gateway = self._people["admin"].get(f"/gateways/{self._world.gateway_id}")
        done = gateway["taken"] == gateway["stored"] + gateway["quarantined"]
        return gateway if done and gateway["buffered"] == 0 else None


def _today() -> date:
    return datetime.now(UTC).date()
