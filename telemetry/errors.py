"""Errors of `telemetry`."""

from kernel.errors import InvalidInput


class TooManyReadings(InvalidInput):
    """The span holds more readings than can be returned one by one."""

    code = "too_many_readings"


class SpanInvalid(InvalidInput):
    """The span of time does not begin before it ends."""

    code = "span_invalid"


class DayOutOfBounds(InvalidInput):
    """A reading's day is too long ago or too far ahead to be kept."""

    code = "day_out_of_bounds"


class StepInvalid(InvalidInput):
    """The step is no whole number of seconds, or makes too many rows."""

    code = "step_invalid"


class AggregateUnknown(InvalidInput):
    """The aggregate is not known for this step."""

    code = "aggregate_unknown"
