"""Movements of parts between locations: the parts ledger."""
