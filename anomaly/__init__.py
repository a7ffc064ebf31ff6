"""Detectors, alarms and how they come to be."""
