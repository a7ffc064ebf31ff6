"""Verbs that read the parts ledger."""

from sqlalchemy.orm import Session

from kernel.errors import InvalidInput, NotFound
from kernel.paging import PageRequest, Slice
from registry.permissions import Principal
from warranty_parts.catalogue.service import parts_by_id
from warranty_parts.locations.service import location_facts, locations_by_id
from warranty_parts.stock import repository
from warranty_parts.stock.facts import MovementFacts, StockFacts, movement_facts


def get_movement(session: Session, actor: Principal, movement_id: str) -> MovementFacts:
    """Return a movement.

    Raises:
        Forbidden: without `parts.read`.
        NotFound: it is not there, or both its ends are out of sight.
    """
    actor.require("parts.read")
    movement = repository.movement(session, movement_id)
    ends = [] if movement is None else [movement.from_location_id, movement.to_location_id]
    if movement is None or not any(
        actor.sees(end.organisation_id) for end in locations_by_id(session, ends).values()
    ):
        raise NotFound(f"no movement {movement_id}")
    return movement_facts(session, [movement])[0]


def list_movements(
    session: Session,
    actor: Principal,
    page: PageRequest,
    *,
    part_id: str | None = None,
    location_id: str | None = None,
    work_order_id: str | None = None,
) -> Slice[MovementFacts]:
    """Return movements with at least one end in sight, newest first.

    Raises:
        Forbidden: without `parts.read`.
    """
    actor.require("parts.read")
    found = repository.movements(
        session,
        organisation_ids=actor.scope,
        part_id=part_id,
        location_id=location_id,
        work_order_id=work_order_id,
        after_id=page.after_id(),
        limit=page.limit + 1,
    )
    cut = Slice.cut(found, page.limit, lambda movement: (movement.id,))
    return Slice(movement_facts(session, cut.items), cut.next_key)


def list_stock(
    session: Session,
    actor: Principal,
    page: PageRequest,
    *,
    part_id: str | None = None,
    location_id: str | None = None,
) -> Slice[StockFacts]:
    """Return balances that are not nothing, at locations in sight, by (location, part).

    Raises:
        Forbidden: without `parts.read`.
    """
    actor.require("parts.read")
    found = repository.stock(
        session,
        organisation_ids=actor.scope,
        part_id=part_id,
        location_id=location_id,
        after=_stock_key(page),
        limit=page.limit + 1,
    )
    cut = Slice.cut(found, page.limit, lambda row: (row[0].id, row[1].id))
    parts = parts_by_id(session, {part.id for _, part, _ in cut.items})
    return cut.map(lambda row: StockFacts(location_facts(row[0]), parts[row[1].id], row[2]))


def _stock_key(page: PageRequest) -> tuple[str, str] | None:
    if page.after is None:
        return None
    if len(page.after) != 2:  # noqa: PLR2004 - location and part
        raise InvalidInput("the page is not one of this list", field="cursor")
    return page.after[0], page.after[1]


def stock_disagreements(session: Session) -> list[tuple[str, str, int, int]]:
    """Return (location, part, balance by movements, by entries) where the two differ: always none."""
    return [
        (location_id, part_id, int(by_movements), int(by_entries))
        for location_id, part_id, by_movements, by_entries in repository.disagreements(session)
    ]
