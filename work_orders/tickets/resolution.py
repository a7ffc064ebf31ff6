"""What was found and done, as it is given when a ticket is finished or closed."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from kernel.errors import InvalidInput
from work_orders.rules import TicketKind
from work_orders.tickets.coding import CAUSES, REMEDIES
from work_orders.tickets.fields import (
    SHORT_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    choice,
    failure_mode,
    plain_text,
)

LABOUR_MINUTES_MAX = 100_000
PARTS_MAX = 100
QUANTITY_MAX = 10_000

# Somewhere on Earth it is already tomorrow.
_EARLIEST_ZONE = timedelta(hours=14)


@dataclass(frozen=True)
class ReplacedPart:
    """One line of parts: what came out and what went in, at which position of the machine.

    `quantity` is more than one only for pieces without serial numbers. `from_location` is where the piece was
    taken from; None means the engineer's own van.
    """

    part_number: str
    position: str
    failed_serial: str | None = None
    replacement_serial: str | None = None
    quantity: int = 1
    from_location: str | None = None


@dataclass(frozen=True)
class Resolution:
    """What was found and done.

    Attributes:
        cause: a key of `coding.CAUSES`; needed for orders.
        remedy: a key of `coding.REMEDIES`; needed for orders.
        findings: in words; needed always.
        labour_minutes: needed for orders, 0 included.
        failure_mode: as confirmed on the machine; None leaves the suspected one.
        performed_on: the day the work was done, local to the machine; None means today in UTC.
    """

    findings: str
    cause: str | None = None
    remedy: str | None = None
    labour_minutes: int | None = None
    failure_mode: str | None = None
    performed_on: date | None = None
    parts: tuple[ReplacedPart, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as the timeline keeps it."""
        values = asdict(self)
        values["performed_on"] = self.performed_on.isoformat() if self.performed_on else None
        return {key: value for key, value in values.items() if value not in (None, ())}

    def columns(self, now: datetime) -> dict[str, Any]:
        """Return the ticket's columns that it sets."""
        values: dict[str, Any] = {
            "findings": self.findings,
            "cause": self.cause,
            "remedy": self.remedy,
            "labour_minutes": self.labour_minutes,
            "performed_on": self.performed_on or now.date(),
        }
        if self.failure_mode is not None:
            values["failure_mode"] = self.failure_mode
        return values


def check_resolution(kind: TicketKind, resolution: Resolution, now: datetime) -> None:
    """Judge a resolution.

    Raises:
        InvalidText: a text or code cannot be kept.
        InvalidInput: something is missing, out of range or in the future.
    """
    plain_text("findings", resolution.findings, TEXT_LENGTH_MAX)
    order = kind is not TicketKind.COMPLAINT
    needed = ("cause", "remedy", "labour_minutes") if order else ()
    missing = [name for name in needed if getattr(resolution, name) is None]
    if missing:
        raise InvalidInput(f"the resolution needs {', '.join(missing)}", missing=missing)
    if resolution.cause is not None:
        choice("cause", resolution.cause, tuple(CAUSES))
    if resolution.remedy is not None:
        choice("remedy", resolution.remedy, tuple(REMEDIES))
    if resolution.failure_mode is not None:
        failure_mode(resolution.failure_mode)
    _within("labour_minutes", resolution.labour_minutes or 0, 0, LABOUR_MINUTES_MAX)
    if resolution.performed_on and resolution.performed_on > (now + _EARLIEST_ZONE).date():
        raise InvalidInput("the work cannot be done in the future", field="performed_on")
    if resolution.parts and not order:
        raise InvalidInput("parts are replaced by orders, not by complaints", field="parts")
    if len(resolution.parts) > PARTS_MAX:
        raise InvalidInput(f"at most {PARTS_MAX} lines of parts", field="parts")
    for part in resolution.parts:
        _check_part(part)


def _check_part(part: ReplacedPart) -> None:
    plain_text("part_number", part.part_number, SHORT_LENGTH_MAX)
    plain_text("position", part.position, SHORT_LENGTH_MAX)
    for name in ("failed_serial", "replacement_serial", "from_location"):
        value = getattr(part, name)
        if value is not None:
            plain_text(name, value, SHORT_LENGTH_MAX)
    _within("quantity", part.quantity, 1, QUANTITY_MAX)
    if part.quantity > 1 and (part.failed_serial or part.replacement_serial):
        raise InvalidInput("pieces with serial numbers are listed one by one", field="quantity")


def _within(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidInput(f"{name} must be between {low} and {high}", field=name)
