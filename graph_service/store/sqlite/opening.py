"""From a path to a connection that may write to a store in its newest shape."""

import os
import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from graph_service.model.errors import GraphServiceError, StoreUnusableError
from graph_service.model.instants import instant_text
from graph_service.store.sqlite.connection import BUSY_SECONDS, connect, store_error
from graph_service.store.sqlite.migrations import check_shape, known_migrations, migrate

SQLITE_FLOOR = (3, 37, 0)
"""The first version with STRICT tables."""

_RETRY_SECONDS = 0.05


def open_file(path: Path, clock: Callable[[], datetime]) -> sqlite3.Connection:
    """Create a store's file where there is none, bring it up to date and open it for writing.

    Raises:
        StoreUnusableError: See ``open_sqlite``.
        StoreUnavailableError: See ``open_sqlite``.

    """
    _check_sqlite()
    _create(path)
    try:
        connection = connect(path)
        try:
            migrate(connection, path, known_migrations(), instant_text(clock()))
            _write_ahead(connection, path)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        if meant := store_error(error, path):
            raise meant from error
        raise
    return connection


def check_file(path: Path) -> None:
    """Raise unless a file is a store in its newest shape, without touching it.

    Raises:
        StoreUnusableError: It is not there, not a store of ours, or of another shape.
        StoreUnavailableError: See ``open_sqlite``.

    """
    _check_sqlite()
    if not path.is_file():
        raise StoreUnusableError(f"{path}: there is no such file")
    try:
        connection = connect(path, read_only=True)
        try:
            check_shape(connection, path, known_migrations())
        finally:
            connection.close()
    except sqlite3.Error as error:
        if meant := store_error(error, path):
            raise meant from error
        raise


def _check_sqlite() -> None:
    with sqlite3.connect(":memory:") as connection:
        options = {name for (name,) in connection.execute("PRAGMA compile_options")}
    connection.close()
    if sqlite3.sqlite_version_info < SQLITE_FLOOR or "ENABLE_FTS5" not in options:
        raise StoreUnusableError(
            f"this Python has SQLite {sqlite3.sqlite_version}; version 3.37 or newer with FTS5 is "
            "needed: use another Python, or keep the estate in Neo4j"
        )


def _create(path: Path) -> None:
    """Create folders and file, readable for their owner only: they hold the whole estate."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> GraphServiceError:
    reason = (error.strerror or "it cannot be opened").lower()
    return StoreUnusableError(
        f"{path}: {reason}; choose a path to a file in a folder this user may write to"
    )


def _write_ahead(connection: sqlite3.Connection, path: Path) -> None:
    """Switch to write-ahead logging, which lets readers read while the writer writes.

    SQLite does not wait for others here, so this does: two programs may create one file at once.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    mode = ""
    while not mode:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
    if mode != "wal":
        raise StoreUnusableError(
            f"{path}: its file system has no write-ahead logging; use a local disk"
        )
