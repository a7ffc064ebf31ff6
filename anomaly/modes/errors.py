"""What can be refused of tags of modes."""

from kernel.errors import InvalidInput


class InvalidModes(InvalidInput):
    """The values and modes make no sense."""

    code = "invalid_modes"
