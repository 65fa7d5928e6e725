"""Finding CIs: words, conditions, and conditions with a name."""
