"""Tests against real servers, real files and the real text recognition program."""
