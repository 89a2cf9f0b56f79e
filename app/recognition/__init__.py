"""From page images to readings."""
