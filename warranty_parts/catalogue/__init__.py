"""Part families and part numbers."""
