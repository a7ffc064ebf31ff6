"""Series whose values are states: switches, numbers of an enumeration, texts."""
