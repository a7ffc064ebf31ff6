"""What `forewarn test` runs: the checks, one after another, and what they counted."""
