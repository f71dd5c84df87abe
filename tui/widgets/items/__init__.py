"""Items, and what an item shows."""
