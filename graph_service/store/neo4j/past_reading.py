"""Queries for the past: records as they were, and what has changed since."""

from collections.abc import Collection
from typing import LiteralString

import orjson

from graph_service.model.ci import CI
from graph_service.model.codec import ci_from_data, relationship_from_data
from graph_service.model.relationship import Relationship
from graph_service.model.revision import LogEntry, RecordType
from graph_service.store.neo4j.log_mapping import entry_of
from graph_service.store.neo4j.reading import storable
from graph_service.store.neo4j.transactions import Transaction, value

_AS_OF: LiteralString = """
UNWIND $ids AS id
CALL (id) {
  MATCH (n:LogEntry) USING INDEX SEEK n:LogEntry(recordId, revision, sequence)
  WHERE n.recordId = id AND n.revision <= $revision AND n.sequence >= 0
  RETURN n ORDER BY n.recordId DESC, n.revision DESC, n.sequence DESC LIMIT 1
}
RETURN collect([n.recordType, n.revision, n.payload])
"""
_CHANGED: LiteralString = """
MATCH (n:LogEntry)
WHERE n.revision > $after AND n.revision <= $until AND n.sequence >= 0 AND n.recordType = $type
RETURN collect(DISTINCT n.recordId)
"""
_ENTRIES_OF: LiteralString = """
MATCH (n:LogEntry) USING INDEX SEEK n:LogEntry(recordId, revision, sequence)
WHERE n.recordId IN $ids AND n.revision > $after AND n.sequence >= 0
WITH n ORDER BY n.revision, n.sequence
RETURN collect(properties(n))
"""
_SIZE: LiteralString = """
MATCH (n:Revision) WHERE n.number > 0 AND n.number <= $revision
RETURN coalesce(sum(n.entryCount), 0)
"""


async def as_of(
    tx: Transaction, revision: int, ids: Collection[str]
) -> dict[str, CI | Relationship]:
    """Return CIs and relationships as they were."""
    if not ids:
        return {}
    found: dict[str, CI | Relationship] = {}
    for record_type, written_at, payload in await value(
        tx, _AS_OF, ids=storable({*ids}), revision=revision
    ):
        data = orjson.loads(payload)[1]
        found[data["id"]] = (
            ci_from_data(data, written_at)
            if record_type == RecordType.CI
            else relationship_from_data(data, written_at)
        )
    return found


async def changed(tx: Transaction, record_type: RecordType, *, after: int, until: int) -> list[str]:
    """Return the ids of what some revisions wrote."""
    found = await value(tx, _CHANGED, type=record_type.value, after=after, until=until)
    return sorted(found)


async def entries_of(tx: Transaction, ids: Collection[str], *, after: int) -> list[LogEntry]:
    """Return later entries of some records."""
    if not ids:
        return []
    found = await value(tx, _ENTRIES_OF, ids=storable({*ids}), after=after)
    return [entry_of(each) for each in found]


async def log_size(tx: Transaction, revision: int) -> int:
    """Return how many entries there are up to a revision."""
    return int(await value(tx, _SIZE, revision=revision))
