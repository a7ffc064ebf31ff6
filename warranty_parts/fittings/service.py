"""Verbs on fitted pieces: record what a work order put in, and read what is where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import Forbidden, InvalidInput
from registry import audit
from registry.assets.service import AssetFacts, get_asset
from registry.permissions import Principal
from warranty_parts import locks
from warranty_parts.catalogue.service import PartFacts, Resolution, require_part, resolve_parts
from warranty_parts.codes import clean_text, code_key, optional_key, required_key
from warranty_parts.errors import DateInFuture, FittingRecorded
from warranty_parts.fittings import repository
from warranty_parts.fittings.exchange import (
    Exchange,
    write_exchange,
)
from warranty_parts.fittings.facts import FittingDraft, FittingFacts, fitting_facts
from warranty_parts.fittings.models import Fitting
from warranty_parts.locations.service import location_of_asset, van_of
from warranty_parts.stock.facts import MovementDraft
from warranty_parts.stock.rules import QUANTITY_MAX, Leg
from warranty_parts.stock.service import balances, move_parts, stock_keys

# Dates are local; the earliest zone is 14 hours ahead of UTC.
EARLIEST_ZONE = timedelta(hours=14)


def record_fitting(
    session: Session,
    actor: Principal,
    *,
    asset_id: str,
    position: str,
    part_number: str,
    failed_serial: str | None,
    replacement_serial: str | None,
    fitted_on: date,
    work_order_id: str | None,
    quantity: int = 1,
    from_location: str | None = None,
) -> FittingFacts:
    """Record one piece put in; see `record_fittings`, which a caller with several must use."""
    draft = FittingDraft(
        position=position,
        part_number=part_number,
        failed_serial=failed_serial,
        replacement_serial=replacement_serial,
        fitted_on=fitted_on,
        quantity=quantity,
        from_location=from_location,
    )
    return record_fittings(
        session, actor, asset_id=asset_id, work_order_id=work_order_id, drafts=[draft]
    )[0]


def record_fittings(
    session: Session,
    actor: Principal,
    *,
    asset_id: str,
    work_order_id: str | None,
    drafts: Sequence[FittingDraft],
) -> list[FittingFacts]:
    """Record pieces put into one machine: what was there ends, what was put in begins, stock moves.

    Pieces come from `from_location` when it is named, else from the actor's van if it holds enough of
    them, else without a stock movement and with the note `stock_not_moved`. An unknown part number does
    not keep an engineer from closing an order: it is recorded as written, with the note `part_unknown`.
    A second call for the same work order, position and serial returns what the first one wrote.

    Raises:
        Forbidden: without `work_orders.handle` or `parts.move`; the latter alone for a named location.
        NotFound: the asset or location is out of sight.
        UnknownPart: stock was to move for a number the catalogue does not have.
        InsufficientStock: the named location holds too few.
        DateInFuture: `fitted_on` has not come yet anywhere.
        FittingRecorded: the work order fitted another piece at this position already.
        FittingOutOfOrder: the piece in place was fitted later than `fitted_on`.
        SerialFittedElsewhere: the piece put in is in place somewhere else.
    """
    if not (actor.may("work_orders.handle") or actor.may("parts.move")):
        raise Forbidden("this needs the permission parts.move", permission="parts.move")
    asset = get_asset(session, actor, asset_id)
    latest = (utc_now() + EARLIEST_ZONE).date()
    for draft in drafts:
        _check(draft, latest)
    parts = resolve_parts(session, {draft.part_number for draft in drafts})
    sources = [_source(session, actor, draft, parts[draft.part_number]) for draft in drafts]
    _lock(session, asset, drafts, parts, sources)
    return [
        _record(
            session,
            actor,
            asset,
            draft,
            work_order_id=work_order_id,
            part=parts[draft.part_number],
            source=source,
        )
        for draft, source in zip(drafts, sources, strict=True)
    ]


def _check(draft: FittingDraft, latest: date) -> None:
    required_key(draft.position, "position")
    optional_key(draft.failed_serial, "failed_serial")
    optional_key(draft.replacement_serial, "replacement_serial")
    if isinstance(draft.quantity, bool) or not 1 <= draft.quantity <= QUANTITY_MAX:
        raise InvalidInput(f"a quantity is between 1 and {QUANTITY_MAX}", field="quantity")
    if draft.fitted_on > latest:
        raise DateInFuture(f"{draft.fitted_on.isoformat()} has not come yet", field="fitted_on")


@dataclass(frozen=True)
class _Source:
    location_id: str
    named: bool


def _source(
    session: Session, actor: Principal, draft: FittingDraft, part: Resolution
) -> _Source | None:
    if draft.from_location is not None:
        require_part(session, part.number)
        return _Source(draft.from_location, named=True)
    if part.part is None or actor.person_id is None:
        return None
    van = van_of(session, actor.person_id)
    return None if van is None or not actor.may("parts.move") else _Source(van.id, named=False)


def _lock(
    session: Session,
    asset: AssetFacts,
    drafts: Sequence[FittingDraft],
    parts: dict[str, Resolution],
    sources: Sequence[_Source | None],
) -> None:
    keys = {locks.position_lock(asset.id, code_key(draft.position)) for draft in drafts}
    for draft, source in zip(drafts, sources, strict=True):
        part = parts[draft.part_number].part
        if source is not None and part is not None:
            target = location_of_asset(session, asset.id).id
            keys |= stock_keys([Leg(part.id, source.location_id, target, draft.quantity)])
    locks.take(session, keys)


def _record(
    session: Session,
    actor: Principal,
    asset: AssetFacts,
    draft: FittingDraft,
    *,
    work_order_id: str | None,
    part: Resolution,
    source: _Source | None,
) -> FittingFacts:
    present = repository.at_positions(session, asset.id, [code_key(draft.position)])
    earlier = _recorded_before(present, draft, work_order_id)
    if earlier is not None:
        return fitting_facts(earlier)
    fitting = write_exchange(
        session,
        asset,
        present,
        Exchange(
            position=clean_text(draft.position, "position"),
            part=part,
            failed_serial=_serial(draft.failed_serial),
            replacement_serial=_serial(draft.replacement_serial),
            fitted_on=draft.fitted_on,
            work_order_id=work_order_id,
            quantity=draft.quantity,
            origin="work_order",
            recorded_by=actor.name,
        ),
    )
    notes = [] if part.part else ["part_unknown"]
    fitting.movement_id = _move(
        session, actor, asset, draft, work_order_id=work_order_id, part=part.part, source=source
    )
    if fitting.movement_id is None:
        notes.append("stock_not_moved")
    session.flush()
    _note(session, actor, asset, fitting, draft.failed_serial)
    return fitting_facts(fitting, notes)


def _note(
    session: Session,
    actor: Principal,
    asset: AssetFacts,
    fitting: Fitting,
    failed_serial: str | None,
) -> None:
    audit.record(
        session,
        actor,
        "part.fit",
        "asset",
        asset.id,
        organisation_id=asset.organisation_id,
        changes={
            "position": [None, fitting.position],
            "part_number": [None, fitting.part_number],
            "serial_number": [failed_serial, fitting.serial_number],
            "fitting_id": [fitting.replaces_id, fitting.id],
            "work_order_id": [None, fitting.work_order_id],
        },
    )


def _serial(written: str | None) -> str | None:
    return written.strip() if written and written.strip() else None


def _recorded_before(
    present: Sequence[Fitting], draft: FittingDraft, work_order_id: str | None
) -> Fitting | None:
    key = optional_key(draft.replacement_serial, "replacement_serial")
    for fitting in present:
        if work_order_id is not None and fitting.work_order_id == work_order_id:
            if fitting.serial_key != key:
                raise FittingRecorded(
                    f"{work_order_id} has fitted another piece at {fitting.position}",
                    fitting_id=fitting.id,
                )
            return fitting
        # The claim for the same exchange came first and wrote it down.
        if fitting.origin == "claim" and key is not None and fitting.serial_key == key:
            return fitting
    return None


def _move(
    session: Session,
    actor: Principal,
    asset: AssetFacts,
    draft: FittingDraft,
    *,
    work_order_id: str | None,
    part: PartFacts | None,
    source: _Source | None,
) -> str | None:
    if source is None or part is None:
        return None
    held = balances(session, [(source.location_id, part.id)]).get((source.location_id, part.id))
    if not source.named and (held is None or held.balance < draft.quantity):
        return None
    movement = MovementDraft(
        part_number=part.number,
        from_location_id=source.location_id,
        to_location_id=location_of_asset(session, asset.id).id,
        quantity=draft.quantity,
        reason=None,
        work_order_id=work_order_id,
        serial_number=_serial(draft.replacement_serial),
    )
    return move_parts(session, actor, [movement])[0].id


def fittings_of_asset(session: Session, actor: Principal, asset_id: str) -> list[FittingFacts]:
    """Return what sits and sat in a machine, by position and date.

    Raises:
        Forbidden: without `assets.read`.
        NotFound: the asset is out of sight.
    """
    actor.require("assets.read")
    get_asset(session, actor, asset_id)
    return [fitting_facts(fitting) for fitting in repository.of_asset(session, asset_id)]
