"""The terminal UI in a browser of this machine: a small server, a process for each visitor, a page of ours."""
