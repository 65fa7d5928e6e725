"""All that the file holds, part by part, in one transaction."""

# ruff: noqa: S608 - columns and tables are constants of ours, nobody's text is among them

import sqlite3
from collections.abc import Callable
from typing import Any

from graph_service.store.copyable import Held, NumberedCI, Taker
from graph_service.store.sqlite.rows import (
    CI_COLUMNS,
    CLAIM_COLUMNS,
    RELATIONSHIP_COLUMNS,
    RELATIONSHIP_TABLES,
    ci_from_row,
    claim_from_row,
    record_from_row,
    relationship_from_row,
)
from graph_service.store.sqlite.writing import read_head

_PART_ROWS = 5_000

_GRAPH: tuple[tuple[str, Callable[[Any], Held]], ...] = (
    (f"SELECT {CI_COLUMNS} FROM ci", lambda row: NumberedCI(row[0], ci_from_row(row))),
    (f"SELECT {RELATIONSHIP_COLUMNS} FROM {RELATIONSHIP_TABLES}", relationship_from_row),
    (f"SELECT {CLAIM_COLUMNS} FROM claim", claim_from_row),
)
_RECORDS: tuple[str, Callable[[Any], Held]] = (
    "SELECT kind, id, in_group, data FROM record",
    record_from_row,
)


def read_out(connection: sqlite3.Connection, take: Taker, *, records_only: bool) -> None:
    """Hand over the head, then everything else."""
    take(read_head(connection))
    for query, read in (_RECORDS,) if records_only else (*_GRAPH, _RECORDS):
        cursor = connection.execute(query)
        while rows := cursor.fetchmany(_PART_ROWS):
            take([read(row) for row in rows])
