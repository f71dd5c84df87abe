"""Change files and plain SQL: sync without a network."""
