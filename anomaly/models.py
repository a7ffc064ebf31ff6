"""Tables of `anomaly`."""
