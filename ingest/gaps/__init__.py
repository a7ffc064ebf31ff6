"""Spans in which readings of an asset may be missing, as the agents' frames declare them."""
