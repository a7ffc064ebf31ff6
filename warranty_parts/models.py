"""Tables of `warranty_parts`."""
