"""Claims, their lines, and the refusal of duplicates."""
