"""The parts of screens, one file per thing."""
