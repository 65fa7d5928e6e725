"""Commands that write files and take them back."""
