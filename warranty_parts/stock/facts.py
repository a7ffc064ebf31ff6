"""What goes into the ledger and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from warranty_parts.catalogue.service import PartFacts, parts_by_id
from warranty_parts.locations.service import LocationFacts, locations_by_id
from warranty_parts.stock.models import Movement


@dataclass(frozen=True)
class MovementDraft:
    """A positive whole number of one part to go from one location to another."""

    part_number: str
    from_location_id: str
    to_location_id: str
    quantity: int
    reason: str | None = None
    work_order_id: str | None = None
    serial_number: str | None = None
    moved_at: datetime | None = None


@dataclass(frozen=True)
class MovementFacts:
    """A movement as written; `recorded_at` is when it was written, `moved_at` when it happened."""

    id: str
    part_id: str
    part_number: str
    quantity: int
    from_location: LocationFacts
    to_location: LocationFacts
    reverses_id: str | None
    work_order_id: str | None
    serial_number: str | None
    reason: str | None
    actor_id: str | None
    actor_name: str
    moved_at: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class StockFacts:
    """How many pieces of a part are at a location."""

    location: LocationFacts
    part: PartFacts
    quantity: int


def movement_facts(session: Session, movements: Sequence[Movement]) -> list[MovementFacts]:
    """Return movements' facts, with the part numbers and the places."""
    ends = {end for item in movements for end in (item.from_location_id, item.to_location_id)}
    places = locations_by_id(session, ends)
    parts = parts_by_id(session, {item.part_id for item in movements})
    return [
        MovementFacts(
            id=item.id,
            part_id=item.part_id,
            part_number=parts[item.part_id].number,
            quantity=item.quantity,
            from_location=places[item.from_location_id],
            to_location=places[item.to_location_id],
            reverses_id=item.reverses_id,
            work_order_id=item.work_order_id,
            serial_number=item.serial_number,
            reason=item.reason,
            actor_id=item.actor_id,
            actor_name=item.actor_name,
            moved_at=item.moved_at,
            recorded_at=item.recorded_at,
        )
        for item in movements
    ]
