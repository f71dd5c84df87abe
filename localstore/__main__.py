"""``python -m localstore``: the command line."""

from __future__ import annotations

if __name__ == "__main__":
    from tui.cli import main

    main()
