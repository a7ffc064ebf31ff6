"""Which piece sits, or sat, at which position of which machine."""
