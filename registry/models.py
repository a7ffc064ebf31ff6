"""Tables of `registry`."""
