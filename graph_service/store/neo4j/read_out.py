"""All that the database holds, part by part, while no writer is at work."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, LiteralString

from graph_service.model.revision import Head
from graph_service.store.copyable import Held, NumberedCI
from graph_service.store.neo4j.log_mapping import claim_of, record_of
from graph_service.store.neo4j.mapping import ci_of, relationship_of
from graph_service.store.neo4j.transactions import Transaction, value

_PART_ROWS = 5_000

_CIS: LiteralString = """
MATCH (n:CI) USING INDEX n:CI(ordinal)
WHERE n.ordinal >= $first AND n.ordinal < $end
RETURN collect(properties(n))
"""
_RELATIONSHIPS: LiteralString = """
MATCH (source:CI) USING INDEX source:CI(ordinal)
WHERE source.ordinal >= $first AND source.ordinal < $end
MATCH (source)-[r]->(target:CI)
WHERE r.uid IS NOT NULL
RETURN collect([type(r), source.uid, target.uid, properties(r)])
"""
_RETIRED_RELATIONSHIPS: LiteralString = """
MATCH (n:RetiredRelationship) USING INDEX n:RetiredRelationship(uid) WHERE n.uid > $after
WITH n ORDER BY n.uid LIMIT $limit
RETURN collect([n.type, n.source, n.target, properties(n)])
"""
_CLAIMS: LiteralString = """
MATCH (n:Claim) USING INDEX n:Claim(uid) WHERE n.uid > $after
WITH n ORDER BY n.uid LIMIT $limit
RETURN collect(properties(n))
"""
_RECORDS: LiteralString = """
MATCH (n:Record) USING INDEX n:Record(uid) WHERE n.uid > $after
WITH n ORDER BY n.uid LIMIT $limit
RETURN collect(properties(n))
"""


async def parts(
    tx: Transaction, head: Head, *, records_only: bool
) -> AsyncIterator[Head | Sequence[Held]]:
    """Yield the head, then everything else; nobody may write meanwhile."""
    yield head
    if not records_only:
        for query, read in ((_CIS, _numbered), (_RELATIONSHIPS, relationship_of)):
            for first in range(1, head.next_ordinal, _PART_ROWS):
                rows = await value(tx, query, first=first, end=first + _PART_ROWS)
                yield [read(row) for row in rows]
        async for rows in _pages(tx, _RETIRED_RELATIONSHIPS, lambda row: row[3]["uid"]):
            yield [relationship_of(row) for row in rows]
        async for rows in _pages(tx, _CLAIMS, lambda row: row["uid"]):
            yield [claim_of(row) for row in rows]
    async for rows in _pages(tx, _RECORDS, lambda row: row["uid"]):
        yield [record_of(row) for row in rows]


def _numbered(properties: dict[str, Any]) -> NumberedCI:
    return NumberedCI(properties["ordinal"], ci_of(properties))


async def _pages(
    tx: Transaction, query: LiteralString, uid: Callable[[Any], str]
) -> AsyncIterator[list[Any]]:
    after = ""
    while rows := await value(tx, query, after=after, limit=_PART_ROWS):
        yield rows
        after = uid(rows[-1])
