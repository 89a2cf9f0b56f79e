"""The whole service as processes on ports, with real servers around it."""
