"""From the broker to the database, each reading once."""
