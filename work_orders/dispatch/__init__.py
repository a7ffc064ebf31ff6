"""Who takes an order: by skill, site, shift and load."""
