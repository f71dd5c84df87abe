"""What ``check`` looks at, one file for each kind of fault."""
