"""What only the embedded store has: a file, a disk under it, other programs beside it."""
