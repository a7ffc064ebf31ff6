"""What the manufacturer makes."""
