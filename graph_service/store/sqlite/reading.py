"""What the file has to say: functions over a connection whose transaction sees one revision."""

# ruff: noqa: S608 - columns and tables are constants of ours, values are always bound

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.delta import RULES, Record
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Relationship
from graph_service.model.revision import LogEntry
from graph_service.store.graph_store import ClaimIndex
from graph_service.store.plain import askable
from graph_service.store.sqlite.rows import (
    CI_COLUMNS,
    CLAIM_COLUMNS,
    ENTRY_COLUMNS,
    ENTRY_TABLES,
    RELATIONSHIP_COLUMNS,
    RELATIONSHIP_TABLES,
    Row,
    as_hashes,
    as_list,
    ci_from_row,
    claim_from_row,
    entry_from_row,
    record_from_row,
    relationship_from_row,
    short_hash,
)
from graph_service.store.topology import CIColumns, RelationshipColumns

_CHUNK_ROWS = 16 * 1024
_NO_POSITION = 2**63 - 1

_POSITIONS = """
    SELECT position FROM ci JOIN entry ON entry.ci = ci.ordinal
    WHERE ci.id = :subject AND position < :bound
    UNION ALL
    SELECT position FROM relationship JOIN entry ON entry.relationship = relationship.number
    WHERE relationship.id_hash = :hash AND relationship.id = :subject AND position < :bound
    UNION ALL
    SELECT position FROM ci JOIN relationship ON relationship.source = ci.ordinal
    JOIN entry ON entry.relationship = relationship.number
    WHERE ci.id = :subject AND position < :bound
    UNION ALL
    SELECT position FROM ci JOIN relationship ON relationship.target = ci.ordinal
    JOIN entry ON entry.relationship = relationship.number
    WHERE ci.id = :subject AND position < :bound
    ORDER BY position DESC LIMIT :limit
"""
"""Where the log speaks of a CI, of its relationships, or of a relationship."""

_POSITIONS_OF_RULES = """
    SELECT position FROM entry INDEXED BY entry_of_rules
    WHERE ci IS NULL AND relationship IS NULL AND position < :bound
    AND json_extract(payload, '$[1].id') = :subject
    ORDER BY position DESC LIMIT :limit
"""


def rows_by_id(connection: sqlite3.Connection, ids: Iterable[str]) -> list[Row]:
    """Return ``CI_COLUMNS`` of the CIs that have one of these ids."""
    return connection.execute(
        f"SELECT {CI_COLUMNS} FROM json_each(?) AS asked CROSS JOIN ci WHERE ci.id = asked.value",
        (as_list(ids),),
    ).fetchall()


def rows_by_key(connection: sqlite3.Connection, keys: Collection[str]) -> list[Row]:
    """Return ``CI_COLUMNS`` of the CIs that have one of these keys."""
    rows = connection.execute(
        f"SELECT {CI_COLUMNS} FROM json_each(?) AS asked CROSS JOIN ci WHERE ci.key = asked.value",
        (as_list(keys),),
    ).fetchall()
    for key in keys:
        if "\0" in key:  # as_list leaves it out
            query = f"SELECT {CI_COLUMNS} FROM ci WHERE key = ?"
            rows += connection.execute(query, (askable(key),)).fetchall()
    return rows


def cis(connection: sqlite3.Connection, ids: Collection[str]) -> dict[CIId, CI]:
    """Return CIs by id."""
    rows = rows_by_id(connection, ids)
    return {each.id: each for each in map(ci_from_row, rows)}


def cis_by_key(connection: sqlite3.Connection, keys: Collection[str]) -> dict[str, CI]:
    """Return CIs by key."""
    rows = rows_by_key(connection, keys)
    return {each.key: each for each in map(ci_from_row, rows)}


def cis_by_name(connection: sqlite3.Connection, name: str, limit: int) -> list[CI]:
    """Return CIs of a name that are not retired."""
    rows = connection.execute(
        f"SELECT {CI_COLUMNS} FROM ci WHERE name = ? AND presence <> 'RETIRED' ORDER BY id LIMIT ?",
        (askable(name), limit),
    )
    return [ci_from_row(row) for row in rows]


def relationships(
    connection: sqlite3.Connection, ids: Collection[str]
) -> dict[RelationshipId, Relationship]:
    """Return relationships by id."""
    wanted = {*ids}
    rows = connection.execute(
        f"SELECT {RELATIONSHIP_COLUMNS} FROM json_each(?) AS asked CROSS JOIN {RELATIONSHIP_TABLES}"
        " WHERE relationship.id_hash = asked.value",
        (as_hashes(wanted),),
    )
    return {row[1]: relationship_from_row(row) for row in rows if row[1] in wanted}


def relationships_of(
    connection: sqlite3.Connection, ci_ids: Collection[str], *, include_retired: bool
) -> list[Relationship]:
    """Return the relationships that have one of these CIs as an end."""
    found = {}
    for end in ("source", "target"):
        rows = connection.execute(
            f"SELECT {RELATIONSHIP_COLUMNS} FROM json_each(?) AS asked"
            " CROSS JOIN ci AS wanted ON wanted.id = asked.value"
            f" CROSS JOIN {RELATIONSHIP_TABLES} WHERE relationship.{end} = wanted.ordinal"
            " AND (? OR relationship.presence <> 'RETIRED')",
            (as_list(ci_ids), include_retired),
        )
        found.update({row[1]: row for row in rows})
    return [relationship_from_row(row) for _, row in sorted(found.items())]


def claim_index(connection: sqlite3.Connection, data_source: str) -> ClaimIndex:
    """Return all claims of a data source as columns."""
    rows = connection.execute(
        "SELECT native_key, subject, scope, digest, live FROM claim WHERE data_source = ?"
        " ORDER BY native_key",
        (askable(data_source),),
    ).fetchall()
    if not rows:
        return ClaimIndex((), (), (), (), ())
    native_key, subject, scope, digest, live = zip(*rows, strict=True)
    return ClaimIndex(native_key, subject, scope, digest, [bool(each) for each in live])


def claims(
    connection: sqlite3.Connection, data_source: str, native_keys: Collection[str]
) -> dict[str, Claim]:
    """Return claims of a data source by native key."""
    wanted = {*native_keys}
    rows = connection.execute(
        f"SELECT {CLAIM_COLUMNS} FROM json_each(?) AS asked CROSS JOIN claim"
        " ON claim.native_key_hash = asked.value AND claim.data_source = ?",
        (as_hashes(wanted), askable(data_source)),
    )
    return {row[2]: claim_from_row(row) for row in rows if row[2] in wanted}


def claims_of(connection: sqlite3.Connection, subjects: Collection[str]) -> dict[str, list[Claim]]:
    """Return the claims about CIs and relationships, by subject."""
    wanted = {*subjects}
    found = defaultdict(list)
    cis = connection.execute(
        f"SELECT {CLAIM_COLUMNS} FROM json_each(?) AS asked CROSS JOIN ci ON ci.id = asked.value"
        " CROSS JOIN claim ON claim.ci = ci.ordinal",
        (as_list(wanted),),
    )
    relationships = connection.execute(
        f"SELECT {CLAIM_COLUMNS} FROM json_each(?) AS asked"
        " CROSS JOIN relationship ON relationship.id_hash = asked.value"
        " CROSS JOIN claim ON claim.relationship = relationship.number",
        (as_hashes(wanted),),
    )
    for claim in map(claim_from_row, chain(cis, relationships)):
        found[claim.subject].append(claim)
    return {
        subject: sorted(those, key=lambda each: (each.data_source, each.native_key))
        for subject, those in found.items()
        if subject in wanted
    }


def entries(connection: sqlite3.Connection, revision: int) -> list[LogEntry]:
    """Return the entries of one revision."""
    return _entries_between(connection, revision, revision)


def entries_after(connection: sqlite3.Connection, revision: int, limit: int) -> list[LogEntry]:
    """Return the entries of as many later revisions as fit."""
    counts = connection.execute(
        "SELECT number, entry_count FROM revision WHERE number > ? ORDER BY number LIMIT ?",
        (revision, max(limit, 1)),
    )
    last, total = revision, 0
    for number, count in counts.fetchall():
        total += count
        if total > limit and last > revision:
            break
        last = number
    return _entries_between(connection, revision + 1, last)


def _entries_between(connection: sqlite3.Connection, first: int, last: int) -> list[LogEntry]:
    rows = connection.execute(
        f"SELECT {ENTRY_COLUMNS} FROM {ENTRY_TABLES} WHERE entry.position >="
        " (SELECT first_position FROM revision WHERE number = ?) AND entry.position <"
        " (SELECT first_position + entry_count FROM revision WHERE number = ?)"
        " ORDER BY entry.position",
        (first, last),
    )
    return [entry_from_row(row) for row in rows]


def history(
    connection: sqlite3.Connection, subject: str, before: tuple[int, int] | None, limit: int
) -> list[LogEntry]:
    """Return entries that concern a CI, a relationship or rules, newest first."""
    positions = connection.execute(
        _POSITIONS_OF_RULES if subject in RULES else _POSITIONS,
        {
            "subject": askable(subject),
            "hash": short_hash(subject),
            "bound": position_of(connection, before) if before else _NO_POSITION,
            "limit": limit,
        },
    )
    newest = [position for (position,) in positions]
    rows = connection.execute(
        f"SELECT {ENTRY_COLUMNS} FROM json_each(?) AS asked CROSS JOIN {ENTRY_TABLES}"
        " WHERE entry.position = asked.value ORDER BY entry.position DESC",
        (str(newest),),
    )
    return [entry_from_row(row) for row in rows]


def position_of(connection: sqlite3.Connection, place: tuple[int, int]) -> int:
    """Return the position of a (revision, sequence), be there an entry or not."""
    revision, sequence = place
    row = connection.execute(
        "SELECT first_position + min(?, entry_count) FROM revision WHERE number = ?",
        (sequence, revision),
    ).fetchone()
    if row is None:
        return _NO_POSITION if revision > 0 else 0
    return int(row[0])


def class_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many living CIs there are of each class."""
    return dict(
        connection.execute(
            "SELECT class, count(*) FROM ci WHERE presence <> 'RETIRED' GROUP BY class"
        )
    )


def type_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many living relationships there are of each type."""
    return dict(
        connection.execute(
            "SELECT type, count(*) FROM relationship WHERE presence <> 'RETIRED' GROUP BY type"
        )
    )


def ci_chunks(connection: sqlite3.Connection) -> Iterator[CIColumns]:
    """Yield the living CIs, in order of creation."""
    cursor = connection.execute(
        "SELECT ordinal, id, key, name, class, impact, presence FROM ci WHERE presence <> 'RETIRED'"
        " ORDER BY ordinal"
    )
    while rows := cursor.fetchmany(_CHUNK_ROWS):
        yield CIColumns(*_columns(rows))


def relationship_chunks(connection: sqlite3.Connection) -> Iterator[RelationshipColumns]:
    """Yield the living relationships, in order of creation."""
    cursor = connection.execute(
        "SELECT id, source, target, type, origin, attributes, presence FROM relationship"
        " WHERE presence <> 'RETIRED' ORDER BY number"
    )
    while rows := cursor.fetchmany(_CHUNK_ROWS):
        yield RelationshipColumns(*_columns(rows))


def _columns(rows: Sequence[Row]) -> Iterator[Sequence[Any]]:
    """Yield rows as columns, and for presence, the last one, the positions of the stale ones."""
    *columns, presences = zip(*rows, strict=True)
    yield from columns
    yield [position for position, each in enumerate(presences) if each == "STALE"]


def record(connection: sqlite3.Connection, kind: str, record_id: str) -> Record | None:
    """Return a record that is not part of the graph."""
    row = connection.execute(
        "SELECT kind, id, in_group, data FROM record WHERE kind = ? AND id = ?",
        (askable(kind), askable(record_id)),
    ).fetchone()
    return record_from_row(row) if row else None


def records(
    connection: sqlite3.Connection,
    kind: str,
    *,
    group: str | None,
    after: str,
    limit: int,
    newest_first: bool,
) -> list[Record]:
    """Return a page of records of a kind."""
    where, values = _of_kind(kind, group)
    order, bound = ("DESC", "<") if newest_first else ("ASC", ">")
    if after:
        where += f" AND id {bound} ?"
        values.append(askable(after))
    rows = connection.execute(
        f"SELECT kind, id, in_group, data FROM record WHERE {where} ORDER BY id {order} LIMIT ?",
        (*values, limit),
    )
    return [record_from_row(row) for row in rows]


def record_count(connection: sqlite3.Connection, kind: str, group: str | None) -> int:
    """Return how many records of a kind there are."""
    where, values = _of_kind(kind, group)
    (count,) = connection.execute(f"SELECT count(*) FROM record WHERE {where}", values).fetchone()
    return int(count)


def _of_kind(kind: str, group: str | None) -> tuple[str, list[str]]:
    if group is None:
        return "kind = ?", [askable(kind)]
    return "kind = ? AND in_group = ?", [askable(kind), askable(group)]
