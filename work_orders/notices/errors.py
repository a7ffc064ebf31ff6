"""What notices refuse, and why."""

from kernel.errors import Conflict, InvalidInput


class InvalidTemplate(InvalidInput):
    """The template is not acceptable."""

    code = "invalid_template"


class InvalidChannel(InvalidInput):
    """This channel cannot be used."""

    code = "invalid_channel"


class ForbiddenAddress(InvalidInput):
    """This address is inside a network that must not be reached."""

    code = "forbidden_address"


class GatewayNotSet(Conflict):
    """No gateway is set up for this kind of channel."""

    code = "gateway_not_set"


class TooManyChannels(Conflict):
    """There are as many channels as there may be."""

    code = "too_many_channels"


class DeliveryNotDead(Conflict):
    """Only a dead delivery can be sent again or dropped."""

    code = "delivery_not_dead"
