"""Recognition: forms, pages, readings."""
