"""The JSON API, thin."""
