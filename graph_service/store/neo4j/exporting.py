"""The living graph as column chunks.

Rows leave Neo4j at some 30,000 a second, lists twenty times as fast; so each chunk is one row of
lists, cut by ordinal, and the ends of relationships are ordinals already.
"""

from collections.abc import AsyncIterator
from typing import Any, LiteralString

from graph_service.model.revision import Head
from graph_service.store.neo4j.transactions import Transaction, value
from graph_service.store.topology import CIColumns, RelationshipColumns

CHUNK_ORDINALS = 10_000

# collect() leaves nulls out, which would shift a column against the others.
_CIS: LiteralString = """
MATCH (n:CI) USING INDEX n:CI(ordinal)
WHERE n.ordinal >= $first AND n.ordinal < $end AND NOT n:Retired
WITH n ORDER BY n.ordinal
RETURN [collect(n.ordinal), collect(n.uid), collect(coalesce(n.wholeKey, n.key)),
        collect(coalesce(n.wholeName, n.name)), collect(n.class), collect(coalesce(n.impact, '')),
        collect(CASE n.presence WHEN 'STALE' THEN n.ordinal END)]
"""
_RELATIONSHIPS: LiteralString = """
MATCH (source:CI) USING INDEX source:CI(ordinal)
WHERE source.ordinal >= $first AND source.ordinal < $end
MATCH (source)-[r]->(target:CI)
WHERE r.uid IS NOT NULL
RETURN [collect(r.uid), collect(source.ordinal), collect(target.ordinal), collect(type(r)),
        collect(r.origin), collect(coalesce(r.attributes, '')),
        collect(CASE r.presence WHEN 'STALE' THEN r.uid END)]
"""


async def topology(
    tx: Transaction, head: Head
) -> AsyncIterator[Head | CIColumns | RelationshipColumns]:
    """Stream the living graph; nobody may write meanwhile."""
    yield head
    known: dict[str, str] = {}
    async for columns in _chunks(tx, _CIS, head):
        ordinal, uid, key, name, class_name, impact, stale = columns
        yield CIColumns(
            ordinal=ordinal,
            id=uid,
            key=key,
            name=name,
            class_name=_shared(class_name, known),
            attributes=_texts(impact, known),
            stale=_positions(ordinal, stale),
        )
    async for columns in _chunks(tx, _RELATIONSHIPS, head):
        uid, source, target, relationship_type, origin, attributes, stale = columns
        yield RelationshipColumns(
            id=uid,
            source=source,
            target=target,
            type=_shared(relationship_type, known),
            origin=_shared(origin, known),
            attributes=_texts(attributes, known),
            stale=_positions(uid, stale),
        )


async def _chunks(
    tx: Transaction, query: LiteralString, head: Head
) -> AsyncIterator[list[list[Any]]]:
    for first in range(1, head.next_ordinal, CHUNK_ORDINALS):
        columns = await value(tx, query, first=first, end=first + CHUNK_ORDINALS)
        if columns[0]:
            yield columns


def _shared(column: list[str], known: dict[str, str]) -> list[str]:
    """Keep one copy of a text that stands in a column many times."""
    return [known.setdefault(each, each) for each in column]


def _texts(column: list[str], known: dict[str, str]) -> list[str | None]:
    return [each or None for each in _shared(column, known)]


def _positions(column: list[Any], chosen: list[Any]) -> list[int]:
    """Return where in a column of different values the chosen ones stand."""
    if not chosen:
        return []
    wanted = set(chosen)
    return [position for position, each in enumerate(column) if each in wanted]
