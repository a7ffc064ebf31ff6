"""Who follows a ticket: people who said so, and people who were mentioned."""
