"""Files that people attach to things: bytes by content hash on disk, facts in the database."""
