"""What can be refused of redundant sensors."""

from kernel.errors import InvalidInput


class InvalidGroups(InvalidInput):
    """The groups make no sense."""

    code = "invalid_redundant_sensors"
