"""The database's history: one line of revisions for all packages."""
