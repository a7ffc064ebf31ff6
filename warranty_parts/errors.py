"""What `warranty_parts` refuses with. A refused claim is not an error: it is a record with an answer."""

from kernel.errors import Conflict, InvalidInput


class UnknownSerial(InvalidInput):
    """No machine has this serial number."""

    code = "unknown_serial"


class UnknownPart(InvalidInput):
    """No part has this number."""

    code = "unknown_part"


class PartExists(Conflict):
    """There is a part with this number already."""

    code = "part_exists"


class PolicyCheckNotAllowed(InvalidInput):
    """This check cannot be set to this level."""

    code = "policy_check_not_allowed"


class DateInFuture(InvalidInput):
    """The date has not come yet, anywhere on Earth."""

    code = "date_in_future"


class FailureBeforeManufacture(InvalidInput):
    """The failure is dated before the machine was made."""

    code = "failure_before_manufacture"


class RepairBeforeFailure(InvalidInput):
    """The repair is dated before the failure."""

    code = "repair_before_failure"


class LineRepeated(InvalidInput):
    """Two lines of the claim name the same piece."""

    code = "line_repeated"


class InsufficientStock(Conflict):
    """There are fewer pieces at the location than are to leave it."""

    code = "insufficient_stock"


class LocationExists(Conflict):
    """There is a location for this already."""

    code = "location_exists"


class MovementReversed(Conflict):
    """The movement was reversed already, or is itself a reversal."""

    code = "movement_reversed"


class FittingOutOfOrder(Conflict):
    """The part was fitted later than the date given for its replacement."""

    code = "fitting_out_of_order"


class FittingRecorded(Conflict):
    """This work order has fitted another piece at this position already."""

    code = "fitting_recorded"


class SerialFittedElsewhere(Conflict):
    """The piece with this serial number is fitted somewhere else."""

    code = "serial_fitted_elsewhere"


class DuplicateClaim(Conflict):
    """Another live claim stands in the way of this change."""

    code = "duplicate_claim"
