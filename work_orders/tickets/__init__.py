"""What every ticket has: number, stage, timeline, links, fields."""
