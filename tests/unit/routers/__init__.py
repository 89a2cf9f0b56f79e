"""What the edge decides by itself."""
