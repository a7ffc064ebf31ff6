"""Promised times: policies, calendars, the clocks of tickets and claims, warnings, breaches, escalations."""
