"""Modes of machines written down: which tag says them, and when which one began."""
