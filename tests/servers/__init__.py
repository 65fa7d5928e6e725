"""Real servers for tests: found, fetched, started and stopped."""
