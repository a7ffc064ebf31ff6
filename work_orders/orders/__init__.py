"""Work orders: made by people, assigned, worked on, closed with what was found, done and replaced."""
