"""Lists as files: one table of lists, one way through their pages."""
