"""Sensors that measure the same: their difference is watched, so that one that drifts is found."""
