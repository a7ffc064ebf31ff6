"""Readings by the minute, the hour and the day."""
