"""Readings as files, streamed."""
