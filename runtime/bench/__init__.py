"""Measurements: each prints a table and can write the same as JSON; none is a test."""
