"""Unit tests of app/notifications."""
