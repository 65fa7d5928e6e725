"""Imports: planned, kept, applied; the runs that stay of them."""
