"""Mails that other projects' tests were written for: where they come from, what must be read."""
