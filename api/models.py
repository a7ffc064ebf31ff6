"""Tables of `api`."""
