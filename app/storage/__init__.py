"""Rows, blobs and the units of work over them."""
