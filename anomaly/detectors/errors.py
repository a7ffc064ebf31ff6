"""What can be wrong with a description of a detector."""

from kernel.errors import InvalidInput


class UnknownComponent(InvalidInput):
    """There is no component of that name."""

    code = "unknown_component"


class NotADetector(InvalidInput):
    """That is no anomaly detector."""

    code = "not_a_detector"


class MisplacedComponent(InvalidInput):
    """That component does not belong there."""

    code = "misplaced_component"


class UnknownParameter(InvalidInput):
    """There is no parameter of that name."""

    code = "unknown_parameter"


class ParameterOutOfRange(InvalidInput):
    """A parameter is not what it may be."""

    code = "parameter_out_of_range"
