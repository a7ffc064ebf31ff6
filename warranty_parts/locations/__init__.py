"""Places that hold parts."""
