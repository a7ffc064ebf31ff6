"""Classic limits beside the models: HH, H, L, LL and rate of change, as data."""
