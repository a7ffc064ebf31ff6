"""Reading the audit trail; it is written by `registry.audit`."""
