"""The faults: each is done to a running site, is seen to have acted, and has an end."""
