"""Articles, past cases like a ticket, and replies suggested from both."""
