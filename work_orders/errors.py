"""What work orders and complaints refuse, and why."""

from kernel.errors import Conflict, Forbidden, InvalidInput


class NotYourOrder(Forbidden):
    """This order is somebody else's."""

    code = "not_your_order"


class ReopenWindowOver(Conflict):
    """It ended too long ago to be reopened."""

    code = "reopen_window_over"


class OpenOrderExists(Conflict):
    """There is an open order for this failure of this asset already."""

    code = "open_order_exists"


class TicketEnded(Conflict):
    """It is closed or cancelled."""

    code = "ticket_ended"


class UnknownSerial(InvalidInput):
    """No asset has this serial number."""

    code = "unknown_serial"


class DifferentMachines(InvalidInput):
    """The asset and the serial number name different machines."""

    code = "different_machines"


class InvalidText(InvalidInput):
    """The text is not acceptable."""

    code = "invalid_text"


class UnfitAssignee(InvalidInput):
    """This person cannot take the ticket."""

    code = "unfit_assignee"


class DifferentOrganisations(InvalidInput):
    """The two tickets belong to different organisations."""

    code = "different_organisations"


class UnfitMention(InvalidInput):
    """Somebody who is mentioned may not read what is said."""

    code = "unfit_mention"
