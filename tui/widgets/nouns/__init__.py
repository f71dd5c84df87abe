"""Lists of files, tags, events, settings, jobs and deletions."""
