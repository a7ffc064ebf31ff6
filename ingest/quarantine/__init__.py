"""What could not be stored: kept with its reason, shown, replayed or dropped."""
