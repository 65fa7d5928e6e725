"""Commands about the log: reading, following, undoing."""
