"""Vocabularies and policies: planned, put in force, followed."""
