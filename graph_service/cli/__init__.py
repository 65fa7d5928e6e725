"""The command line: words typed in a shell → requests; answers → tables, JSON, CSV and pictures."""
