"""Alarms become orders: one open order per asset and failure, however many alarms."""
