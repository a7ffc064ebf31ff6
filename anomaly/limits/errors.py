"""What can be refused of limits."""

from kernel.errors import InvalidInput


class InvalidLimits(InvalidInput):
    """The limits make no sense."""

    code = "invalid_limits"
