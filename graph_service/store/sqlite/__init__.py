"""The graph in one file, with nothing to install: the embedded default."""

from graph_service.store.sqlite.store import SQLiteGraphStore, open_sqlite

__all__ = ["SQLiteGraphStore", "open_sqlite"]
