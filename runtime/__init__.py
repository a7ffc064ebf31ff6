"""The composition root: command line, processes, embedded stack."""
