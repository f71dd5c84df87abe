"""Jobs, import and export; trash and history."""
