"""Ways in: sessions of people, tokens of machines, links to set a password."""
