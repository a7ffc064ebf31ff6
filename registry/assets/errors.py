"""What can be wrong with an asset."""

from kernel.errors import Conflict, InvalidInput


class SerialTaken(Conflict):
    """There is an asset with this serial number."""

    code = "serial_taken"


class UnknownModel(InvalidInput):
    """There is no such product model, or it is archived."""

    code = "unknown_model"


class DatesOutOfOrder(InvalidInput):
    """An asset is made, delivered and commissioned in this order."""

    code = "dates_out_of_order"


class InvalidSerial(InvalidInput):
    """A serial number needs a letter or a digit."""

    code = "invalid_serial"
