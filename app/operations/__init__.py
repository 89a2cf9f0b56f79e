"""What a person at the command line asks for besides serving: a demonstration and a check-up."""
