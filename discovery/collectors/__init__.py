"""One module for each word that may follow ``graph-service import``."""
