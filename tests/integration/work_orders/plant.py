"""One customer with a pump, and the people around it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy.orm import Session

from registry.identity.service import principal_for
from registry.permissions import Principal
from tests.support import factories
from work_orders.alarms.service import RaisedAlarm
from work_orders.rules import Action, TicketKind
from work_orders.service import (
    NewComplaint,
    NewOrder,
    Resolution,
    TicketDetail,
    WantedMove,
    act_on_complaint,
    act_on_work_order,
    create_complaint,
    create_work_order,
)

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
RESOLUTION = Resolution("Bearing worn, replaced", cause="wear", remedy="replace", labour_minutes=90)
_alarms = count(1)


@dataclass(frozen=True)
class Plant:
    """Ids and principals."""

    organisation_id: str
    site_id: str
    asset_id: str
    serial_number: str
    lead: Principal
    agent: Principal
    engineer: Principal
    other_engineer: Principal
    customer: Principal
    stranger: Principal
    everybody: dict[str, Principal] = field(default_factory=dict)


def _principal(session: Session, person_id: str) -> Principal:
    found = principal_for(session, person_id)
    assert found is not None
    return found


def make_plant(session: Session) -> Plant:
    owner = factories.organisation(session)
    site = factories.site(session, owner)
    asset = factories.asset(session, owner, on_site=site)

    def person(role: str, **facts: object) -> Principal:
        made = factories.person(session, role, **facts)  # type: ignore[arg-type]  # of one call each
        return _principal(session, made.id)

    return Plant(
        organisation_id=owner.id,
        site_id=site.id,
        asset_id=asset.id,
        serial_number=asset.serial_number,
        lead=person("desk_lead"),
        agent=person("desk_agent"),
        engineer=person("engineer", skills=("pump",), sites=(site,), name="Ada"),
        other_engineer=person("engineer", skills=("spindle",), sites=(site,), name="Bo"),
        customer=person("customer", owner=owner),
        stranger=person("customer", owner=factories.organisation(session)),
    )


def alarm(plant: Plant, **facts: object) -> RaisedAlarm:
    number = next(_alarms)
    values: dict[str, object] = {
        "alarm_id": f"alm_{number:06d}",
        "asset_id": plant.asset_id,
        "severity": "high",
        "category": "machine",
        "failure_mode": "bearing_wear",
        "onset_at": AT,
        "raised_at": AT + timedelta(seconds=30),
        "summary": {"en": "Vibration above its record", "zh": "振动超过历史记录"},
        "cause": {"series_id": 1, "series_name": "vibration", "record": "high", "unit": "mm/s",
                  "expected": [1.0, 2.0], "seen": 4.0, "score": 1.5},
    }  # fmt: skip
    return RaisedAlarm(**{**values, **facts})  # type: ignore[arg-type]  # keywords of one test each


def order(session: Session, plant: Plant, **facts: object) -> TicketDetail:
    values: dict[str, object] = {
        "kind": TicketKind.CORRECTIVE,
        "title": "Pump is loud",
        "asset_id": plant.asset_id,
    }
    return create_work_order(session, plant.lead, NewOrder(**{**values, **facts}))  # type: ignore[arg-type]


def complaint(session: Session, plant: Plant, **facts: object) -> TicketDetail:
    values: dict[str, object] = {
        "description": "It makes a terrible noise",
        "serial_number": plant.serial_number,
    }
    return create_complaint(session, plant.customer, NewComplaint(**{**values, **facts}))  # type: ignore[arg-type]


def act(
    session: Session, actor: Principal, ticket: TicketDetail | str, action: str, **facts: object
) -> TicketDetail:
    """Do `action`, giving what it needs where the test does not care."""
    ticket_id = ticket if isinstance(ticket, str) else ticket.ticket.id
    version = facts.pop("expected_version", None)
    needed: dict[str, dict[str, object]] = {
        "hold": {"hold_reason": "waiting_for_parts"},
        "finish": {"resolution": RESOLUTION},
        "close": {"resolution": RESOLUTION},
        "reject": {"reason": "still loud"},
        "reopen": {"reason": "it is back"},
        "cancel": {"reason": "made by mistake"},
    }
    wanted = WantedMove(Action(action), **{**needed.get(action, {}), **facts})  # type: ignore[arg-type]
    verb = act_on_complaint if ticket_id.startswith("cp_") else act_on_work_order
    return verb(session, actor, ticket_id, wanted, expected_version=version)  # type: ignore[arg-type]


def assigned_order(session: Session, plant: Plant, **facts: object) -> TicketDetail:
    made = order(session, plant, **facts)
    return act(session, plant.lead, made, "assign", assignee_id=plant.engineer.person_id)


def started_order(session: Session, plant: Plant, **facts: object) -> TicketDetail:
    return act(session, plant.engineer, assigned_order(session, plant, **facts), "start")
