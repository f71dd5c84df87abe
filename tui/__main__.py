"""``python -m tui``: the command line; without a command, the terminal UI."""

from __future__ import annotations

if __name__ == "__main__":
    from tui.cli import main

    main()
