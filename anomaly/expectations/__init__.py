"""What series were expected to be over time, as charts draw it under their lines."""
