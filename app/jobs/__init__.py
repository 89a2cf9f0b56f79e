"""Work that goes on after an arrival was acknowledged."""
