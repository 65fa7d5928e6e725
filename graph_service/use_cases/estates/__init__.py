"""The estate as a value: now, as it was, or as edits would make it."""
