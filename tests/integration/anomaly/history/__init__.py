"""Backtests on stored history."""
