"""What people tell models: written down, carried out between two frames, once."""
