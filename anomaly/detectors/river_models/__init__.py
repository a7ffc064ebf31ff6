"""Detectors made of River's models, described by data: names of a catalogue, parameters within limits."""
