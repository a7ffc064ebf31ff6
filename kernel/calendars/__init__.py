"""Business calendars: when people work, and how much working time lies between two instants. No I/O."""
