"""Readings with the time they were received, for whoever has to learn anew from what is stored."""
