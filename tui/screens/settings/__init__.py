"""Settings, and what this machine keeps for itself."""
