"""The whole machine: how its series move together, and whether it runs at all."""
