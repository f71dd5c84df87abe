"""The screens, a room for each place, a file for each screen; ``tui.keys`` says how to get to them."""
