"""The redundancy assistant: which groups of providers look redundant, and what confirming gives."""
