"""The parts of screens, a room for each kind, a file for each thing."""
