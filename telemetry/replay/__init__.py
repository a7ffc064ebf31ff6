"""Stored readings of several series as one stream, for whoever replays history."""
