"""Commands that find CIs, and conditions with a name."""
