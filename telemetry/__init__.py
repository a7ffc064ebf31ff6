"""Series and readings, whatever stores them."""
