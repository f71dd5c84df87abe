"""Files, tags and events."""
