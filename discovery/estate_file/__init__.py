"""Our own estate file → observations: its form, word for word."""
