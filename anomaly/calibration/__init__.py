"""From "at most N false alarms a year" to a limit: what the tail of a score promises, and how surely."""
