"""One file per command or group of commands; a file that is added here is a command."""
