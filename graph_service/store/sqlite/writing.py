"""What applying a delta does to the file, inside a transaction that holds the order lock."""

# ruff: noqa: S608 - columns and tables are constants of ours, values are always bound

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from graph_service.model.ci import Presence
from graph_service.model.claim import Claim
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head, LogEntry
from graph_service.store.copyable import Stretch
from graph_service.store.graph_store import Applied
from graph_service.store.ledger import Settled, Touched, keys_in_question, settle
from graph_service.store.log_query import changed_names
from graph_service.store.plain import plain_delta
from graph_service.store.replaying import as_delta, replayed
from graph_service.store.sqlite.reading import record, rows_by_id, rows_by_key
from graph_service.store.sqlite.rows import (
    CLAIM_COLUMNS,
    RELATIONSHIP_COLUMNS,
    RELATIONSHIP_TABLES,
    Row,
    as_hashes,
    as_list,
    as_text,
    ci_from_row,
    ci_row,
    claim_body,
    claim_from_row,
    record_from_row,
    relationship_from_row,
    revision_row,
    short_hash,
)
from graph_service.store.sqlite.words import write_words


def apply_delta(connection: sqlite3.Connection, at: str, *, delta: GraphDelta) -> Applied:
    """Write a delta, or raise what ``plain_delta`` and ``settle`` raise, with nothing written."""
    delta = plain_delta(delta)
    before = _read(connection, delta)
    settled = settle(delta, before.touched, before.head, at)
    _write_settled(connection, settled, before)
    _write_records(connection, [*delta.records, *settled.rules], delta.removed_records)
    return Applied(head=settled.head, revision=settled.revision, keys=settled.keys)


def append_stretch(connection: sqlite3.Connection, _at: str, *, stretch: Stretch) -> Applied:
    """Write revisions as they were, or raise what ``as_delta`` and ``replayed`` raise."""
    head = read_head(connection)
    delta = as_delta(stretch, head)
    before = _read(connection, delta)
    settled = replayed(stretch, delta, before.touched, head)
    _write_settled(connection, settled, before)
    _write_records(connection, settled.rules, ())
    return Applied(head=settled.head, revision=settled.revision)


def read_head(connection: sqlite3.Connection) -> Head:
    """Return where the log ends."""
    row = connection.execute("SELECT revision, at, hash, next_ordinal FROM head").fetchone()
    return Head(*row)


@dataclass(frozen=True, slots=True)
class _Before:
    """What stands in the file of all that a delta touches, and the numbers of its rows."""

    head: Head
    touched: Touched
    ordinals: dict[str, int]
    numbers: dict[str, int]
    claim_numbers: dict[tuple[str, str], int]


def _read(connection: sqlite3.Connection, delta: GraphDelta) -> _Before:
    head = read_head(connection)
    claim_rows = _claims(connection, delta)
    claims = [claim_from_row(row) for row in claim_rows]
    keyed = rows_by_key(connection, keys_in_question(delta, head))
    subjects = {each.subject for each in (*delta.claims, *claims)}
    ids: set[str] = {each.id for each in delta.cis}
    ends: set[str] = {end for each in delta.relationships for end in (each.source, each.target)}
    relationship_ids: set[str] = {each.id for each in delta.relationships}
    relationships = [*_relationships(connection, delta, relationship_ids | (subjects - ids))]
    ids |= subjects - relationship_ids
    ends |= {end for row in relationships for end in row[2:4]}
    cis = [*_ends(connection, ends - ids), *keyed, *rows_by_id(connection, ids)]
    return _Before(
        head=head,
        touched=Touched(
            cis={row[1]: ci_from_row(row) for row in cis},
            relationships={row[1]: relationship_from_row(row) for row in relationships},
            claims={(each.data_source, each.native_key): each for each in claims},
            keys={row[2]: row[1] for row in keyed},
            rules={each.kind: each for each in _rules(connection, delta)},
            records=_records(connection, delta),
        ),
        ordinals={row[1]: row[0] for row in cis},
        numbers={row[1]: row[0] for row in relationships},
        claim_numbers={(row[1], row[2]): row[0] for row in claim_rows},
    )


def _rules(connection: sqlite3.Connection, delta: GraphDelta) -> Iterator[Record]:
    for each in delta.rules:
        rows = connection.execute(
            "SELECT kind, id, in_group, data FROM record WHERE kind = ? AND id = ?",
            (each.kind, each.id),
        )
        yield from map(record_from_row, rows)


def _records(
    connection: sqlite3.Connection, delta: GraphDelta
) -> dict[tuple[str, str], Mapping[str, Any]]:
    found = (record(connection, each.kind, each.id) for each in delta.expected)
    return {(each.kind, each.id): each.data for each in found if each}


def _claims(connection: sqlite3.Connection, delta: GraphDelta) -> list[Row]:
    wanted = {(each.data_source, each.native_key) for each in delta.claims}
    rows = connection.execute(
        f"SELECT {CLAIM_COLUMNS} FROM json_each(?) AS asked CROSS JOIN claim"
        " ON claim.native_key_hash = asked.value",
        (as_hashes({native_key for _, native_key in wanted}),),
    )
    return [row for row in rows if (row[1], row[2]) in wanted]


def _ends(connection: sqlite3.Connection, ids: Iterable[str]) -> list[Row]:
    """Return CIs of which only key, presence and revision matter; the rest is left out."""
    return connection.execute(
        "SELECT ci.ordinal, ci.id, ci.key, '', '', ci.presence, '{}', ci.revision"
        " FROM json_each(?) AS asked CROSS JOIN ci WHERE ci.id = asked.value",
        (as_list(ids),),
    ).fetchall()


def _relationships(
    connection: sqlite3.Connection, delta: GraphDelta, ids: Collection[str]
) -> Iterator[Row]:
    rows = connection.execute(
        f"SELECT {RELATIONSHIP_COLUMNS} FROM json_each(?) AS asked CROSS JOIN {RELATIONSHIP_TABLES}"
        " WHERE relationship.id_hash = asked.value",
        (as_hashes(ids),),
    )
    yield from (row for row in rows if row[1] in ids)
    retired = as_list(each.id for each in delta.cis if each.presence is Presence.RETIRED)
    for end in ("source", "target"):
        yield from connection.execute(
            f"SELECT {RELATIONSHIP_COLUMNS} FROM json_each(?) AS asked"
            " CROSS JOIN ci AS retired ON retired.id = asked.value"
            f" CROSS JOIN {RELATIONSHIP_TABLES} WHERE relationship.{end} = retired.ordinal"
            " AND relationship.presence <> 'RETIRED'",
            (retired,),
        )


def _write_settled(connection: sqlite3.Connection, settled: Settled, before: _Before) -> None:
    if not settled.revisions:
        return
    pairs = chain[tuple[str, int]](before.ordinals.items(), settled.ordinals.items())
    ordinals = dict(pairs)
    _write_cis(connection, settled, before)
    known = {
        str(each.id): before.touched.cis[each.id]
        for each in settled.cis
        if each.id not in settled.ordinals
    }
    write_words(connection, settled, known, ordinals)
    numbers = _write_relationships(connection, settled.relationships, before, ordinals)
    _write_claims(connection, settled.claims, before, ordinals, numbers)
    _write_log(connection, settled, ordinals, numbers)
    head = settled.head
    connection.execute(
        "UPDATE head SET revision = ?, at = ?, hash = ?, next_ordinal = ?",
        (head.revision, head.at, head.hash, head.next_ordinal),
    )


def _write_cis(connection: sqlite3.Connection, settled: Settled, before: _Before) -> None:
    new = [each for each in settled.cis if each.id in settled.ordinals]
    old = [each for each in settled.cis if each.id not in settled.ordinals]
    connection.executemany(
        "INSERT INTO ci VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(settled.ordinals[each.id], each.id, *ci_row(each)) for each in new],
    )
    connection.executemany(
        "UPDATE ci SET key = ?, name = ?, class = ?, presence = ?, tier = ?, environment = ?,"
        " attributes = ?, impact = ?, revision = ? WHERE ordinal = ?",
        [(*ci_row(each), before.ordinals[each.id]) for each in old],
    )


def _write_relationships(
    connection: sqlite3.Connection,
    relationships: Iterable[Relationship],
    before: _Before,
    ordinals: dict[str, int],
) -> dict[str, int]:
    """Write relationships and return the row numbers of all that are touched, by id."""
    numbers = dict(before.numbers)
    (last,) = connection.execute("SELECT coalesce(max(number), 0) FROM relationship").fetchone()
    new, old = [], []
    for each in relationships:
        attributes = as_text(each.attributes) if each.attributes else None
        changing = (each.origin.value, each.presence.value, attributes, each.revision)
        if each.id in numbers:
            old.append((*changing, numbers[each.id]))
        else:
            last += 1
            numbers[each.id] = last
            ends = (ordinals[each.source], ordinals[each.target])
            new.append((last, each.id, short_hash(each.id), *ends, each.type, *changing))
    connection.executemany("INSERT INTO relationship VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", new)
    connection.executemany(
        "UPDATE relationship SET origin = ?, presence = ?, attributes = ?, revision = ?"
        " WHERE number = ?",
        old,
    )
    return numbers


def _write_claims(
    connection: sqlite3.Connection,
    claims: Iterable[Claim],
    before: _Before,
    ordinals: dict[str, int],
    numbers: dict[str, int],
) -> None:
    (last,) = connection.execute("SELECT coalesce(max(number), 0) FROM claim").fetchone()
    new, old = [], []
    for each in claims:
        subject = (each.subject, ordinals.get(each.subject), numbers.get(each.subject))
        changing = (*subject, each.scope, each.digest, each.live, claim_body(each))
        known = before.claim_numbers.get((each.data_source, each.native_key))
        if known is not None:
            old.append((*changing, known))
        else:
            last += 1
            hash_ = short_hash(each.native_key)
            new.append((last, each.data_source, each.native_key, hash_, *changing))
    connection.executemany("INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", new)
    connection.executemany(
        "UPDATE claim SET subject = ?, ci = ?, relationship = ?, scope = ?, digest = ?, live = ?,"
        " body = ? WHERE number = ?",
        old,
    )


def _write_log(
    connection: sqlite3.Connection,
    settled: Settled,
    ordinals: dict[str, int],
    numbers: dict[str, int],
) -> None:
    (last,) = connection.execute("SELECT coalesce(max(position), 0) FROM entry").fetchone()
    first = last + 1
    for each in settled.revisions:
        connection.execute(
            "INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            revision_row(each, first),
        )
        first += each.entry_count
    connection.executemany(
        "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                position,
                each.revision,
                each.sequence,
                ordinals.get(each.record_id),
                numbers.get(each.record_id),
                each.operation.value,
                payload,
                each.payload_hash,
            )
            for position, (each, payload) in enumerate(
                zip(settled.entries, settled.payloads, strict=True), last + 1
            )
        ],
    )
    _write_names(connection, settled.entries, last + 1)


def _write_names(connection: sqlite3.Connection, entries: Iterable[LogEntry], first: int) -> None:
    """Note at which positions of the log which fields and attributes changed."""
    named = [
        (name, position)
        for position, each in enumerate(entries, first)
        for name in changed_names(each)
    ]
    names = sorted({name for name, _ in named})
    connection.executemany(
        "INSERT INTO changed_name (name) VALUES (?) ON CONFLICT DO NOTHING",
        [(name,) for name in names],
    )
    numbers = {
        name: connection.execute(
            "SELECT number FROM changed_name WHERE name = ?", (name,)
        ).fetchone()[0]
        for name in names
    }
    connection.executemany(
        "INSERT INTO entry_name VALUES (?, ?)",
        sorted((numbers[name], position) for name, position in named),
    )


def _write_records(
    connection: sqlite3.Connection, records: Iterable[Record], removed: Iterable[tuple[str, str]]
) -> None:
    connection.executemany("DELETE FROM record WHERE kind = ? AND id = ?", removed)
    connection.executemany(
        "INSERT INTO record VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " in_group = excluded.in_group, data = excluded.data"
        " WHERE in_group <> excluded.in_group OR data <> excluded.data",
        [(each.kind, each.id, each.group, as_text(each.data)) for each in records],
    )
