"""Policies, and whether something is covered by them."""
