"""Commands that state facts by hand."""
