"""How well forms are read: forms invented, written on, copied badly, read again and scored."""
