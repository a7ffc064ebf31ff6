"""Errors of `telemetry`."""

from kernel.errors import InvalidInput


class TooManyReadings(InvalidInput):
    """The span holds more readings than can be returned one by one."""

    code = "too_many_readings"


class SpanInvalid(InvalidInput):
    """The span of time does not begin before it ends."""

    code = "span_invalid"
