"""Coverage, parts and claims."""
