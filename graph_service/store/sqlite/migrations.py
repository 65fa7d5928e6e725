"""The file's tables: numbered steps, each applied once and recorded with its checksum."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from graph_service.model.errors import StoreUnusableError

APPLICATION_ID = 0x47535631
"""``GSV1`` in the header of every file of ours."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from one shape of the file to the next."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """What tells that a step was altered after it was applied."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def known_migrations() -> list[Migration]:
    """Return the steps this program knows, in order."""
    folder = files("graph_service.store.sqlite") / "migrations"
    found = (each for each in folder.iterdir() if each.name.endswith(".sql"))
    return [
        Migration(int(each.name[:4]), each.name.removesuffix(".sql"), each.read_text("utf-8"))
        for each in sorted(found, key=lambda each: each.name)
    ]


def migrate(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration], at: str
) -> None:
    """Bring a file to the newest shape; a new file gets all of it.

    Raises:
        StoreUnusableError: The file belongs to another program, or to a newer or altered one.

    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        _check_owner(connection, path)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
            " checksum TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT"
        )
        applied = dict(connection.execute("SELECT number, checksum FROM migration").fetchall())
        _check_history(applied, migrations, path)
        for migration in migrations:
            if migration.number not in applied:
                for statement in _statements(migration.text):
                    connection.execute(statement)
                connection.execute(
                    "INSERT INTO migration VALUES (?, ?, ?, ?)",
                    (migration.number, migration.name, migration.checksum, at),
                )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def check_shape(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]
) -> None:
    """Raise unless a file is in the newest shape.

    Raises:
        StoreUnusableError: It belongs to another program, or to an older, newer or altered one.

    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID:
        raise StoreUnusableError(f"{path}: this is not a Graph Service store")
    applied = dict(connection.execute("SELECT number, checksum FROM migration").fetchall())
    _check_history(applied, migrations, path)
    if missing := [each.name for each in migrations if each.number not in applied]:
        raise StoreUnusableError(
            f"{path}: written by an older Graph Service (its tables lack {', '.join(missing)}); "
            "bring it up to date by asking it anything, such as: graph-service revisions"
        )


def _check_owner(connection: sqlite3.Connection, path: Path) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application_id != APPLICATION_ID and (application_id or tables):
        raise StoreUnusableError(
            f"{path}: this is a database of another program; choose another path"
        )


def _check_history(applied: dict[int, str], migrations: Sequence[Migration], path: Path) -> None:
    known = {each.number: each for each in migrations}
    for number, checksum in sorted(applied.items()):
        if number not in known:
            raise StoreUnusableError(
                f"{path}: written by a newer Graph Service (its tables are at step {number}, this "
                f"program knows {max(known)}); upgrade this program"
            )
        if known[number].checksum != checksum:
            raise StoreUnusableError(
                f"{path}: step {known[number].name} of its tables is not the one this program "
                "knows; use the program that wrote it, or restore a backup"
            )


def _statements(text: str) -> Iterator[str]:
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
