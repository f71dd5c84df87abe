"""The administrator's commands, one file each, found by looking."""
