"""Both sides compared row by row: verify, and bringing them together again."""
