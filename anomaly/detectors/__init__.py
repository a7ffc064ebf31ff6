"""Detectors of one series, and the registry they are chosen from by name."""
