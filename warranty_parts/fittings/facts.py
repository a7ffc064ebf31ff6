"""What is said of a fitted piece, and what is known of it afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from warranty_parts.fittings.models import Fitting


@dataclass(frozen=True)
class FittingDraft:
    """A piece put in at a position, as the engineer says it."""

    position: str
    part_number: str
    failed_serial: str | None
    replacement_serial: str | None
    fitted_on: date
    quantity: int = 1
    from_location: str | None = None


@dataclass(frozen=True)
class FittingFacts:
    """A fitted piece as others see it; `notes` says what could not be done when it was recorded.

    Notes: `part_unknown`, the catalogue has no such number; `stock_not_moved`, no location was named and
    the engineer's van does not hold the piece.
    """

    id: str
    asset_id: str
    position: str
    part_number: str | None
    part_id: str | None
    family_key: str
    serial_number: str | None
    removed_serial: str | None
    quantity: int
    fitted_on: date
    ended_on: date | None
    origin: str
    replaces_id: str | None
    work_order_id: str | None
    movement_id: str | None
    notes: tuple[str, ...] = ()


def fitting_facts(fitting: Fitting, notes: Sequence[str] = ()) -> FittingFacts:
    """Return a fitting's facts."""
    return FittingFacts(
        id=fitting.id,
        asset_id=fitting.asset_id,
        position=fitting.position,
        part_number=fitting.part_number,
        part_id=fitting.part_id,
        family_key=fitting.family_key,
        serial_number=fitting.serial_number,
        removed_serial=fitting.removed_serial,
        quantity=fitting.quantity,
        fitted_on=fitting.fitted_on,
        ended_on=fitting.ended_on,
        origin=fitting.origin,
        replaces_id=fitting.replaces_id,
        work_order_id=fitting.work_order_id,
        movement_id=fitting.movement_id,
        notes=tuple(notes),
    )
