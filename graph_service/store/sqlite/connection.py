"""Connections to the file, and what their failures mean to a caller."""

import sqlite3
from pathlib import Path

from graph_service.model.errors import (
    GraphServiceError,
    StoreUnavailableError,
    StoreUnusableError,
)
from graph_service.store.sqlite.functions import add_functions

BUSY_SECONDS = 30.0
"""How long a writer waits for another program that holds the file."""

_CACHE_KIB = 64 * 1024
_CHECKPOINT_PAGES = 64 * 1024
_WAL_BYTES_KEPT = 128 * 1024 * 1024


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open an existing file. Transactions are begun and ended by hand.

    There is no memory mapping: a file cut short under it would end the process, not the query.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")
        add_functions(connection)
        if read_only:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


class SameFile:
    """Tells whether a path still leads to the file that was opened.

    SQLite goes on with a file that was removed or replaced, and what it writes there is lost.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened = _identity(path)

    def check(self) -> None:
        """Raise ``StoreUnusableError`` unless it does."""
        if _identity(self._path) != self._opened:
            raise StoreUnusableError(
                f"{self._path}: the file was removed or replaced while it was open; put it back, "
                "or start this program again"
            )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def store_error(error: sqlite3.Error, path: Path) -> GraphServiceError | None:
    """Say what a failure of SQLite means, or ``None`` if it is a mistake of ours."""
    # The low byte is the kind of failure; the rest says where SQLite was when it happened.
    primary = getattr(error, "sqlite_errorcode", -1) & 0xFF
    if unusable := _UNUSABLE.get(primary):
        return StoreUnusableError(f"{path}: {unusable}")
    if unavailable := _UNAVAILABLE.get(primary):
        return StoreUnavailableError(f"{path}: {unavailable}")
    return None


_UNUSABLE = {
    sqlite3.SQLITE_CORRUPT: "the file is damaged or was cut short; restore it from a backup",
    sqlite3.SQLITE_NOTADB: "this is not a Graph Service store; choose another path, or remove it",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that it exists and that its rights and "
    "those of its folder allow reading and writing",
    sqlite3.SQLITE_PERM: "the rights of the file or its folder do not allow this; correct them",
    sqlite3.SQLITE_READONLY: "cannot be written to; give the user of this program the right to "
    "write to the file and its folder",
}

_UNAVAILABLE = {
    sqlite3.SQLITE_FULL: "no space is left for it, and nothing of this write was kept; free some "
    "space and try again",
    sqlite3.SQLITE_BUSY: "another program holds the file; wait for it to finish and try again",
    sqlite3.SQLITE_LOCKED: "another program holds the file; wait for it to finish and try again",
    sqlite3.SQLITE_IOERR: "the disk does not let it be read or written, and nothing of this write "
    "was kept; check the disk and its free space",
    sqlite3.SQLITE_NOMEM: "not enough memory; free some and try again",
}
