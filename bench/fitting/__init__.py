"""Fitting the numbers that the reader ships: they are data of the product, and this makes them."""
