"""Pure decisions on fitted pieces: which one failed, and what follows from exchanging it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class FittedPiece:
    """What the decisions need to know of one piece at a position."""

    id: str
    family_key: str
    part_number: str | None
    serial_key: str | None
    removed_serial_key: str | None
    fitted_on: date
    ended_on: date | None
    replaces_id: str | None
    work_order_id: str | None

    @property
    def is_replacement(self) -> bool:
        """Whether it came in place of another."""
        return self.replaces_id is not None

    def has_serial(self, serial_key: str) -> bool:
        """Tell whether it bears a serial, as fitted or as read when it came out."""
        return serial_key in {self.serial_key, self.removed_serial_key}

    def was_in_place(self, on: date) -> bool:
        """Tell whether it was in place on a day, the days of its exchange included."""
        return self.fitted_on <= on and (self.ended_on is None or on <= self.ended_on)


@dataclass(frozen=True)
class Failure:
    """What is said of a failure at a position."""

    failed_serial_key: str | None
    replacement_serial_key: str | None
    work_order_id: str | None
    failure_on: date


def failed_piece(pieces: Sequence[FittedPiece], failure: Failure) -> FittedPiece | None:
    """Return which of a position's pieces failed; None only if there is none on record.

    The strongest evidence decides: the failed piece's own serial; then what the work order, or the serial
    that was put in, took the place of; then the date. On the day of an exchange the date points at two
    pieces, and the one that came out is the one that failed: a new piece that failed on its first day is
    told apart by its serial.
    """
    ordered = sorted(pieces, key=lambda piece: (piece.fitted_on, piece.replaces_id is not None))
    by_id = {piece.id: piece for piece in ordered}
    if failure.failed_serial_key is not None:
        same = [piece for piece in ordered if piece.has_serial(failure.failed_serial_key)]
        if same:
            return same[-1]
    for successor in ordered:
        if successor.replaces_id not in by_id:
            continue
        by_order = (
            failure.work_order_id is not None and successor.work_order_id == failure.work_order_id
        )
        by_serial = (
            failure.replacement_serial_key is not None
            and successor.serial_key == failure.replacement_serial_key
        )
        if by_order or by_serial:
            return by_id[successor.replaces_id]
    for piece in ordered:
        if piece.was_in_place(failure.failure_on):
            return piece
    return ordered[0] if ordered else None


def factory_fitted_on(
    manufactured_on: date | None,
    delivered_on: date | None,
    commissioned_on: date | None,
    at_latest: date,
) -> date:
    """Return the day from which a piece that nobody recorded must have been in place."""
    for known in (manufactured_on, delivered_on, commissioned_on):
        if known is not None:
            return min(known, at_latest)
    return at_latest
