"""Queries for the log: entries of revisions, the history of a record."""

from typing import LiteralString

from graph_service.model.revision import LogEntry
from graph_service.store.neo4j.log_mapping import entry_of
from graph_service.store.neo4j.transactions import Transaction, value
from graph_service.store.plain import askable

_SIZES: LiteralString = """
MATCH (n:Revision) WHERE n.number > $after
WITH n ORDER BY n.number LIMIT $limit
RETURN collect([n.number, n.entryCount])
"""
_ENTRIES: LiteralString = """
MATCH (n:LogEntry) WHERE n.revision >= $first AND n.revision <= $last AND n.sequence >= 0
WITH n ORDER BY n.revision, n.sequence
RETURN collect(properties(n))
"""

# Each branch walks its index backwards and stops early, however long the history is. An index of
# several properties is used only where there is a condition on every one of them. Left to itself
# the planner at times takes another one, whose order suits it, and filters all of the log.
_HISTORY: LiteralString = """
CALL () {
  MATCH (n:LogEntry) USING INDEX SEEK n:LogEntry(recordId, revision, sequence)
  WHERE n.recordId = $subject AND n.revision <= $revision
    AND n.sequence >= 0 AND (n.revision < $revision OR n.sequence < $sequence)
  RETURN n ORDER BY n.recordId DESC, n.revision DESC, n.sequence DESC LIMIT $limit
  UNION
  MATCH (n:LogEntry) USING INDEX SEEK n:LogEntry(subjectA, revision, sequence)
  WHERE n.subjectA = $subject AND n.revision <= $revision
    AND n.sequence >= 0 AND (n.revision < $revision OR n.sequence < $sequence)
  RETURN n ORDER BY n.subjectA DESC, n.revision DESC, n.sequence DESC LIMIT $limit
  UNION
  MATCH (n:LogEntry) USING INDEX SEEK n:LogEntry(subjectB, revision, sequence)
  WHERE n.subjectB = $subject AND n.revision <= $revision
    AND n.sequence >= 0 AND (n.revision < $revision OR n.sequence < $sequence)
  RETURN n ORDER BY n.subjectB DESC, n.revision DESC, n.sequence DESC LIMIT $limit
}
WITH n ORDER BY n.revision DESC, n.sequence DESC LIMIT $limit
RETURN collect(properties(n))
"""
_NO_BOUND = (2**62, 0)


async def entries(tx: Transaction, first: int, last: int) -> list[LogEntry]:
    """Return the entries of some revisions in order."""
    return [entry_of(each) for each in await value(tx, _ENTRIES, first=first, last=last)]


async def entries_after(tx: Transaction, revision: int, limit: int) -> list[LogEntry]:
    """Return entries of whole later revisions, about as many as wanted."""
    total, last = 0, revision
    for number, count in await value(tx, _SIZES, after=revision, limit=max(limit, 1)):
        if last > revision and total + count > limit:
            break
        total, last = total + count, number
    return await entries(tx, revision + 1, last) if last > revision else []


async def history(
    tx: Transaction, subject: str, *, before: tuple[int, int] | None, limit: int
) -> list[LogEntry]:
    """Return entries that concern a CI or a relationship, newest first."""
    revision, sequence = before or _NO_BOUND
    found = await value(
        tx, _HISTORY, subject=askable(subject), revision=revision, sequence=sequence, limit=limit
    )
    return [entry_of(each) for each in found]
