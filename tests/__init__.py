"""The tests: unit, integration, acceptance, contract and browser."""
