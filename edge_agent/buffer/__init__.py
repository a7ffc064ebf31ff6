"""The buffer on disk: what the agent has taken stays here until the platform has acknowledged it."""
