"""Every sentence of the public contract, over HTTP against a running service."""
