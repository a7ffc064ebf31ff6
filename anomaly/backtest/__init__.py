"""What a detector would have said of a recording: `table` reads, `replay` scores, `verdict` judges."""
