"""Tables of `telemetry`."""
