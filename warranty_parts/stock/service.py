"""Verbs of the parts ledger: move, reverse, read."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import InvalidInput, NotFound
from kernel.ids import new_id
from registry.permissions import Principal
from warranty_parts import locks
from warranty_parts.catalogue.service import parts_by_id, require_part
from warranty_parts.codes import clean_text
from warranty_parts.errors import InsufficientStock, MovementReversed
from warranty_parts.locations.service import (
    LocationFacts,
    visible_locations,
)
from warranty_parts.stock import repository
from warranty_parts.stock.facts import (
    MovementDraft,
    MovementFacts,
    movement_facts,
)
from warranty_parts.stock.rules import (
    QUANTITY_MAX,
    Head,
    Leg,
    PostedLeg,
    Shortage,
    post,
)

MOVEMENTS_MAX = 500
REASON_LENGTH_MAX = 2000


def move_parts(
    session: Session, actor: Principal, drafts: Sequence[MovementDraft]
) -> list[MovementFacts]:
    """Write movements, all or none, in the order given.

    Raises:
        Forbidden: without `parts.move`.
        NotFound: a location is not there or out of sight.
        UnknownPart: a part number is not known.
        InsufficientStock: a warehouse, van, machine or scrap heap holds too few.
        InvalidInput: a quantity is not a positive whole number, the ends are the same, or there are
            more than 500 movements.
    """
    actor.require("parts.move")
    if not 1 <= len(drafts) <= MOVEMENTS_MAX:
        raise InvalidInput(f"between 1 and {MOVEMENTS_MAX} movements at once", field="movements")
    now = utc_now()
    for draft in drafts:
        _check(draft, now)
    numbers = {draft.part_number: require_part(session, draft.part_number) for draft in drafts}
    locations = visible_locations(
        session,
        actor,
        sorted({end for draft in drafts for end in (draft.from_location_id, draft.to_location_id)}),
    )
    legs = [
        Leg(numbers[d.part_number].id, d.from_location_id, d.to_location_id, d.quantity)
        for d in drafts
    ]
    notes = [
        {
            "work_order_id": draft.work_order_id,
            "serial_number": draft.serial_number,
            "reason": draft.reason,
            "moved_at": draft.moved_at or now,
            "reverses_id": None,
        }
        for draft in drafts
    ]
    return _write(session, actor, legs, notes, locations)


def _check(draft: MovementDraft, now: datetime) -> None:
    # A bool is an int to Python, but it is no count of pieces.
    if isinstance(draft.quantity, bool) or not isinstance(draft.quantity, int):
        raise InvalidInput("a quantity is a whole number of pieces", field="quantity")
    if not 1 <= draft.quantity <= QUANTITY_MAX:
        raise InvalidInput(f"a quantity is between 1 and {QUANTITY_MAX}", field="quantity")
    if draft.from_location_id == draft.to_location_id:
        raise InvalidInput("a movement needs two locations", field="to_location_id")
    if draft.reason is not None:
        clean_text(draft.reason, "reason", length_max=REASON_LENGTH_MAX)
    if draft.serial_number is not None:
        clean_text(draft.serial_number, "serial_number")
    if draft.moved_at is not None and (draft.moved_at.tzinfo is None or draft.moved_at > now):
        raise InvalidInput("a movement has a time with a zone, not in the future", field="moved_at")


def stock_keys(legs: Sequence[Leg]) -> set[str]:
    """Return the lock keys of both ends of each leg."""
    return {
        locks.stock_lock(end, leg.part_id)
        for leg in legs
        for end in (leg.from_location_id, leg.to_location_id)
    }


def balances(session: Session, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], Head]:
    """Return the ends of the chains of (location, part); what never moved is missing."""
    return {
        (location_id, part_id): Head(seq, balance)
        for location_id, part_id, seq, balance in repository.heads(session, pairs)
    }


def _write(
    session: Session,
    actor: Principal,
    legs: Sequence[Leg],
    notes: Sequence[dict[str, Any]],
    locations: dict[str, LocationFacts],
) -> list[MovementFacts]:
    locks.take(session, stock_keys(legs))
    ends = {(end, g.part_id) for g in legs for end in (g.from_location_id, g.to_location_id)}
    posted = post(legs, balances(session, ends), {key: loc.kind for key, loc in locations.items()})
    if isinstance(posted, Shortage):
        raise _shortage(session, posted, locations)
    movements: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    for item, note in zip(posted, notes, strict=True):
        movement_id = new_id("mov")
        movements.append(_movement_row(movement_id, item, actor) | note)
        entries += _entry_rows(movement_id, item, locations)
    repository.add_movements(session, movements, entries)
    for location in locations.values():
        announce(session, "stock", location.id, location.organisation_id)
    return _facts(session, [row["id"] for row in movements])


def _shortage(
    session: Session, found: Shortage, locations: dict[str, LocationFacts]
) -> InsufficientStock:
    leg = found.leg
    part = parts_by_id(session, [leg.part_id])[leg.part_id]
    name = locations[leg.from_location_id].name
    return InsufficientStock(
        f"{name} holds {found.available} of {part.number}, and {leg.quantity} are to leave it",
        location_id=leg.from_location_id,
        part_number=part.number,
        available=found.available,
        requested=leg.quantity,
    )


def _movement_row(movement_id: str, item: PostedLeg, actor: Principal) -> dict[str, Any]:
    leg = item.leg
    return {
        "id": movement_id,
        "part_id": leg.part_id,
        "quantity": leg.quantity,
        "from_location_id": leg.from_location_id,
        "to_location_id": leg.to_location_id,
        "from_seq": item.source.seq + 1,
        "to_seq": item.target.seq + 1,
        "actor_id": actor.person_id,
        "actor_name": actor.name,
    }


def _entry_rows(
    movement_id: str, item: PostedLeg, locations: dict[str, LocationFacts]
) -> list[dict[str, Any]]:
    leg = item.leg
    ends = (("from", leg.from_location_id, item.source), ("to", leg.to_location_id, item.target))
    return [
        {
            "movement_id": movement_id,
            "part_id": leg.part_id,
            "quantity": leg.quantity,
            "from_location_id": leg.from_location_id,
            "to_location_id": leg.to_location_id,
            "side": side,
            "kind": locations[location_id].kind,
            "seq": head.seq + 1,
            "balance_before": head.balance,
        }
        for side, location_id, head in ends
    ]


def _facts(session: Session, movement_ids: Sequence[str]) -> list[MovementFacts]:
    found = {item.id: item for item in repository.movements_by_id(session, movement_ids)}
    return movement_facts(session, [found[movement_id] for movement_id in movement_ids])


def reverse_movement(
    session: Session, actor: Principal, movement_id: str, reason: str
) -> MovementFacts:
    """Write the exact opposite of a movement; a mistake is never changed.

    Raises:
        Forbidden: without `parts.move`.
        NotFound: it is not there, or one of its ends is out of sight.
        MovementReversed: it was reversed before, or is a reversal.
        InsufficientStock: the pieces are no longer where it brought them.
        InvalidInput: no reason is given.
    """
    actor.require("parts.move")
    movement = repository.movement(session, movement_id)
    if movement is None:
        raise NotFound(f"no movement {movement_id}")
    ends = [movement.from_location_id, movement.to_location_id]
    locations = visible_locations(session, actor, sorted(ends))
    leg = Leg(
        movement.part_id, movement.to_location_id, movement.from_location_id, movement.quantity
    )
    locks.take(session, stock_keys([leg]))
    if movement.reverses_id is not None:
        raise MovementReversed("a reversal is not reversed; move the parts again")
    earlier = repository.reversal_of(session, movement_id)
    if earlier is not None:
        raise MovementReversed(f"reversed by {earlier.id}", reversal_id=earlier.id)
    note = {
        "work_order_id": movement.work_order_id,
        "serial_number": movement.serial_number,
        "reason": clean_text(reason, "reason", length_max=REASON_LENGTH_MAX),
        "moved_at": utc_now(),
        "reverses_id": movement_id,
    }
    return _write(session, actor, [leg], [note], locations)[0]
