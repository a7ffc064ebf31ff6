"""Backtests on stored history: what a detector would have told, before it is switched on.

`service` asks for one, `slices` works on it a few seconds at a time, `replaying` is the production path over
stored readings, `supposed` makes alarms of deviations in memory, `comparison` holds them against what was.
Nothing of scoring is touched: no cursor, no snapshot, no alarm, no event.
"""
