"""The command line: words typed in a shell → requests; answers → tables, JSON, CSV and pictures."""

from graph_service.cli.main import main

__all__ = ["main"]
