"""The language: immutable values, the vocabulary, and nothing that reads or writes."""
