"""Which frames were received, and who may receive them at a time."""
