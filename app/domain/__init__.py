"""The rules of a comment procedure; standard library only."""
