"""Alarms after ISA-18.2: what is told of them and what is hidden, their journal, their performance."""
