"""The file's side: noting what changes, choosing what goes, writing what comes."""
