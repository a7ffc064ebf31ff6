"""Writing an exchange: one piece ends, another begins. The caller holds the position's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kernel.ids import new_id
from registry.assets.service import AssetFacts
from warranty_parts.catalogue.service import Resolution
from warranty_parts.codes import code_key
from warranty_parts.errors import FittingOutOfOrder, SerialFittedElsewhere
from warranty_parts.fittings import repository
from warranty_parts.fittings.models import Fitting
from warranty_parts.fittings.rules import FittedPiece, factory_fitted_on


@dataclass(frozen=True)
class Exchange:
    """One piece put in place of another at a position."""

    position: str
    part: Resolution
    failed_serial: str | None
    replacement_serial: str | None
    fitted_on: date
    work_order_id: str | None
    quantity: int
    origin: str
    recorded_by: str


def piece_of(fitting: Fitting) -> FittedPiece:
    """Return a fitting as the rules see it."""
    return FittedPiece(
        id=fitting.id,
        family_key=fitting.family_key,
        part_number=fitting.part_number,
        serial_key=fitting.serial_key,
        removed_serial_key=fitting.removed_serial_key,
        fitted_on=fitting.fitted_on,
        ended_on=fitting.ended_on,
        replaces_id=fitting.replaces_id,
        work_order_id=fitting.work_order_id,
    )


def add_factory_fitting(
    session: Session,
    asset: AssetFacts,
    position: str,
    family_key: str,
    *,
    serial_number: str | None,
    at_latest: date,
    recorded_by: str,
) -> Fitting:
    """Write down the piece a machine must have left the factory with; like is replaced by like.

    Its serial is left out when that piece is known to sit somewhere else.
    """
    serial_key = code_key(serial_number) if serial_number else None
    if serial_key and repository.open_with_serial(session, family_key, serial_key) is not None:
        serial_number = serial_key = None
    fitting = Fitting(
        id=new_id("fit"),
        asset_id=asset.id,
        position=position,
        position_key=code_key(position),
        family_key=family_key,
        serial_number=serial_number,
        serial_key=serial_key,
        fitted_on=factory_fitted_on(
            asset.manufactured_on, asset.delivered_on, asset.commissioned_on, at_latest
        ),
        origin="factory",
        recorded_by=recorded_by,
    )
    session.add(fitting)
    session.flush()
    return fitting


def write_exchange(
    session: Session, asset: AssetFacts, present: Sequence[Fitting], exchange: Exchange
) -> Fitting:
    """End the piece in place and begin the one put in; return the latter.

    `present` holds every fitting of the position, in order. A position nobody wrote down before gets the
    piece it must have had from the factory first, so that what failed has an identity.

    Raises:
        FittingOutOfOrder: the piece in place was itself fitted later.
        SerialFittedElsewhere: the piece put in is in place somewhere else.
    """
    old = next((item for item in present if item.ended_on is None), None)
    if old is None:
        old = add_factory_fitting(
            session,
            asset,
            exchange.position,
            exchange.part.family_key,
            serial_number=exchange.failed_serial,
            at_latest=exchange.fitted_on,
            recorded_by=exchange.recorded_by,
        )
    if exchange.fitted_on < old.fitted_on:
        raise FittingOutOfOrder(
            f"the part at {old.position} was fitted on {old.fitted_on.isoformat()}",
            fitting_id=old.id,
        )
    _refuse_serial_elsewhere(session, old, exchange)
    old.ended_on = exchange.fitted_on
    if exchange.failed_serial is not None:
        old.removed_serial = exchange.failed_serial
        old.removed_serial_key = code_key(exchange.failed_serial)
    # The place is free in the database before it is taken again.
    session.flush()
    new = _successor(asset, old, exchange)
    session.add(new)
    session.flush()
    return new


def _refuse_serial_elsewhere(session: Session, old: Fitting, exchange: Exchange) -> None:
    if exchange.replacement_serial is None:
        return
    key = code_key(exchange.replacement_serial)
    other = repository.open_with_serial(session, exchange.part.family_key, key)
    if other is not None:
        where = "it is the piece that was taken out" if other.id == old.id else "it is in use"
        raise SerialFittedElsewhere(
            f"{exchange.replacement_serial} cannot be put in: {where}", fitting_id=other.id
        )


def _successor(asset: AssetFacts, old: Fitting, exchange: Exchange) -> Fitting:
    part = exchange.part.part
    return Fitting(
        id=new_id("fit"),
        asset_id=asset.id,
        position=exchange.position,
        position_key=code_key(exchange.position),
        part_number=part.number if part else exchange.part.number,
        part_id=part.id if part else None,
        family_key=exchange.part.family_key,
        serial_number=exchange.replacement_serial,
        serial_key=code_key(exchange.replacement_serial) if exchange.replacement_serial else None,
        quantity=exchange.quantity,
        fitted_on=exchange.fitted_on,
        origin=exchange.origin,
        replaces_id=old.id,
        work_order_id=exchange.work_order_id,
        recorded_by=exchange.recorded_by,
    )
