"""Real servers on loopback, started by the tests that need them."""
