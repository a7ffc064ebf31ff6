"""Routes, by domain."""
