"""Processes kept running on one machine: started in order, watched, restarted, and never orphaned."""
