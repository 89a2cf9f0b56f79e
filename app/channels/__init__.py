"""How each kind of arrival is built."""
