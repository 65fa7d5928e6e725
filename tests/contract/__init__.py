"""The promises every store keeps, tried on every store."""
