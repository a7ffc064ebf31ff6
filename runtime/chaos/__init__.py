"""Chaos: real processes on the embedded stack, faults between and inside them, and every reading compared."""
