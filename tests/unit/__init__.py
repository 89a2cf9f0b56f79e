"""Pure tests: no server, no file, no clock."""
