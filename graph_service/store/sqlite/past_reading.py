"""What the file says of the past: records as they were, and what has changed since."""

import sqlite3
from collections.abc import Collection
from itertools import chain

import orjson

from graph_service.model.ci import CI
from graph_service.model.codec import ci_from_data, relationship_from_data
from graph_service.model.delta import RULES
from graph_service.model.relationship import Relationship
from graph_service.model.revision import LogEntry, RecordType
from graph_service.store.sqlite.rows import (
    ENTRY_COLUMNS,
    ENTRY_TABLES,
    as_hashes,
    as_list,
    entry_from_row,
)

_END = 2**63 - 1

_CIS_AS_OF = """
    SELECT newest.revision, newest.payload FROM json_each(:ids) AS asked
    CROSS JOIN ci ON ci.id = asked.value
    CROSS JOIN entry AS newest ON newest.position =
        (SELECT max(position) FROM entry WHERE entry.ci = ci.ordinal AND position < :bound)
"""
_RELATIONSHIPS_AS_OF = """
    SELECT newest.revision, newest.payload FROM json_each(:hashes) AS asked
    CROSS JOIN relationship ON relationship.id_hash = asked.value
    CROSS JOIN entry AS newest ON newest.position =
        (SELECT max(position) FROM entry
         WHERE entry.relationship = relationship.number AND position < :bound)
"""
_CHANGED_CIS = """
    SELECT DISTINCT ci.id FROM entry CROSS JOIN ci ON ci.ordinal = entry.ci
    WHERE position >= ? AND position < ?
"""
_CHANGED_RELATIONSHIPS = """
    SELECT DISTINCT relationship.id FROM entry
    CROSS JOIN relationship ON relationship.number = entry.relationship
    WHERE position >= ? AND position < ?
"""
_CHANGED_RULES = """
    SELECT DISTINCT json_extract(payload, '$[1].id') FROM entry
    WHERE ci IS NULL AND relationship IS NULL AND position >= ? AND position < ?
"""


def as_of(
    connection: sqlite3.Connection, revision: int, ids: Collection[str]
) -> dict[str, CI | Relationship]:
    """Return CIs and relationships as they were."""
    bound = _end_of(connection, revision)
    cis = connection.execute(_CIS_AS_OF, {"ids": as_list(ids), "bound": bound})
    relationships = connection.execute(
        _RELATIONSHIPS_AS_OF, {"hashes": as_hashes(ids), "bound": bound}
    )
    found: dict[str, CI | Relationship] = {}
    for written_at, payload in cis:
        ci = ci_from_data(orjson.loads(payload)[1], written_at)
        found[ci.id] = ci
    for written_at, payload in relationships:
        relationship = relationship_from_data(orjson.loads(payload)[1], written_at)
        found[relationship.id] = relationship
    wanted = {*ids}
    return {id_: each for id_, each in found.items() if id_ in wanted}


def changed(
    connection: sqlite3.Connection, record_type: RecordType, *, after: int, until: int
) -> list[str]:
    """Return the ids of what some revisions wrote."""
    queries = {RecordType.CI: _CHANGED_CIS, RecordType.RELATIONSHIP: _CHANGED_RELATIONSHIPS}
    bounds = (_end_of(connection, after), _end_of(connection, until))
    if record_type in queries:
        return sorted(id_ for (id_,) in connection.execute(queries[record_type], bounds))
    rules = (id_ for (id_,) in connection.execute(_CHANGED_RULES, bounds))
    return sorted(id_ for id_ in rules if RULES.get(id_) is record_type)


def entries_of(
    connection: sqlite3.Connection, ids: Collection[str], *, after: int
) -> list[LogEntry]:
    """Return later entries of some records."""
    wanted = {*ids}
    first = _end_of(connection, after)
    cis = connection.execute(
        f"SELECT entry.position, {ENTRY_COLUMNS} FROM json_each(?) AS asked"  # noqa: S608 - constants
        f" CROSS JOIN ci AS own ON own.id = asked.value CROSS JOIN {ENTRY_TABLES}"
        " WHERE entry.ci = own.ordinal AND entry.position >= ?",
        (as_list(wanted), first),
    )
    relationships = connection.execute(
        f"SELECT entry.position, {ENTRY_COLUMNS} FROM json_each(?) AS asked"  # noqa: S608 - constants
        " CROSS JOIN relationship AS own ON own.id_hash = asked.value"
        f" CROSS JOIN {ENTRY_TABLES} WHERE entry.relationship = own.number AND entry.position >= ?",
        (as_hashes(wanted), first),
    )
    found = {position: entry_from_row(tuple(row)) for position, *row in chain(cis, relationships)}
    return [each for _, each in sorted(found.items()) if each.record_id in wanted]


def log_size(connection: sqlite3.Connection, revision: int) -> int:
    """Return how many entries there are up to a revision."""
    query = "SELECT coalesce(sum(entry_count), 0) FROM revision WHERE number <= ?"
    (size,) = connection.execute(query, (revision,)).fetchone()
    return int(size)


def _end_of(connection: sqlite3.Connection, revision: int) -> int:
    """Return the first position that is not in the log up to a revision."""
    row = connection.execute(
        "SELECT first_position FROM revision WHERE number > ? ORDER BY number LIMIT 1", (revision,)
    ).fetchone()
    return _END if row is None else int(row[0])
