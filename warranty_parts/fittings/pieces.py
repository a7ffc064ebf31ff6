"""Fitted pieces for the package's own use: what coverage and claims ask, and what a claim records."""

from collections.abc import Collection
from datetime import date

from sqlalchemy.orm import Session

from registry.assets.service import AssetFacts
from warranty_parts.codes import code_key
from warranty_parts.fittings import repository
from warranty_parts.fittings.exchange import (
    Exchange,
    add_factory_fitting,
    piece_of,
    write_exchange,
)
from warranty_parts.fittings.rules import FittedPiece


def fittings_in_place(
    session: Session, asset_id: str, family_key: str, on: date, *, position_key: str | None
) -> list[FittedPiece]:
    """Return the pieces of a family that were in place in a machine on a day."""
    found = repository.of_family(session, asset_id, family_key)
    pieces = [piece_of(item) for item in found if position_key in {None, item.position_key}]
    return [piece for piece in pieces if piece.was_in_place(on)]


def pieces_at_positions(
    session: Session, asset_id: str, position_keys: Collection[str]
) -> dict[str, list[FittedPiece]]:
    """Return all pieces that sit or sat at some positions of a machine."""
    pieces: dict[str, list[FittedPiece]] = {}
    for fitting in repository.at_positions(session, asset_id, position_keys):
        pieces.setdefault(fitting.position_key, []).append(piece_of(fitting))
    return pieces


def serial_in_place(session: Session, family_key: str, serial_key: str) -> tuple[str, str] | None:
    """Return the (asset, position key) where the piece with a serial is in place, or None."""
    fitting = repository.open_with_serial(session, family_key, serial_key)
    return None if fitting is None else (fitting.asset_id, fitting.position_key)


def factory_piece(
    session: Session,
    asset: AssetFacts,
    *,
    position: str,
    family_key: str,
    serial_number: str | None,
    at_latest: date,
    recorded_by: str,
) -> FittedPiece:
    """Write down the piece a machine left the factory with; the caller holds the position's lock."""
    fitting = add_factory_fitting(
        session,
        asset,
        position,
        family_key,
        serial_number=serial_number,
        at_latest=at_latest,
        recorded_by=recorded_by,
    )
    return piece_of(fitting)


def exchange_piece(
    session: Session, asset: AssetFacts, exchange: Exchange, *, failed_id: str | None
) -> bool:
    """Record an exchange unless the failed piece is out already; tell whether it was recorded.

    The caller holds the position's lock.

    Raises:
        FittingOutOfOrder, SerialFittedElsewhere: the record contradicts it.
    """
    present = repository.at_positions(session, asset.id, [code_key(exchange.position)])
    if not any(item.id == failed_id and item.ended_on is None for item in present):
        return False
    write_exchange(session, asset, present, exchange)
    return True
