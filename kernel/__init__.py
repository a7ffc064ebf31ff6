"""What every package stands on. This module imports nothing."""
