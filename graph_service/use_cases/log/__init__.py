"""Reading and following the log."""
