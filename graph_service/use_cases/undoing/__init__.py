"""Taking revisions and runs back, as new revisions."""
