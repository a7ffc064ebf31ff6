"""Telling people: what happened, to whom, in their language, through their channels, at a fit time."""
