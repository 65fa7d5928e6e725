"""A store as a whole: copied, backed up, restored, proven equal."""
