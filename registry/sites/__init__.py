"""Places where organisations have machines."""
