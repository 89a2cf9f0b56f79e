"""What each command of the command line does; a module is loaded when its command is given."""
