"""Tables of `ingest`."""
