"""Storage over real databases."""
