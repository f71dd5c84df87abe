"""tui: what a person sees, the terminal UI and the command line."""
