"""Roles and their permissions, kept as data."""
