"""What newer steps of the schema need of entries and revisions that were written before them."""

from typing import Any, LiteralString

from graph_service.store.log_query import changed_names, folded
from graph_service.store.neo4j.log_mapping import entry_of
from graph_service.store.neo4j.transactions import WRITE_SECONDS, Transactions, run, value

_AT_ONCE = 2_000

_REASONS: LiteralString = """
MATCH (n:Revision) WHERE n.number > $after AND n.reasonFolded IS NULL
WITH n ORDER BY n.number LIMIT $limit RETURN collect([n.number, n.reason])
"""
_PUT_REASONS: LiteralString = """
UNWIND $rows AS row
MATCH (n:Revision {number: row[0]}) SET n.reasonFolded = row[1]
"""
_ENTRIES: LiteralString = """
MATCH (n:LogEntry) USING INDEX SEEK n:LogEntry(revision, sequence)
WHERE n.revision >= $revision AND n.sequence >= 0
  AND (n.revision > $revision OR n.sequence > $sequence)
WITH n ORDER BY n.revision, n.sequence LIMIT $limit RETURN collect(properties(n))
"""
_PUT_NAMES: LiteralString = """
UNWIND $rows AS row
MATCH (n:LogEntry {revision: row[0], sequence: row[1]}) SET n.names = row[2]
"""


async def fill_log(transactions: Transactions) -> None:
    """Note what each entry changed, and each reason without regard to case."""
    await _fill_reasons(transactions)
    place = (0, -1)
    while (last := await _fill_entries(transactions, place)) is not None:
        place = last


async def _fill_reasons(transactions: Transactions) -> None:
    after = 0
    while True:
        async with transactions.session() as session:
            tx = await session.begin_transaction(timeout=WRITE_SECONDS)
            async with tx:
                found = await value(tx, _REASONS, after=after, limit=_AT_ONCE)
                await run(tx, _PUT_REASONS, rows=[[at, folded(why)] for at, why in found])
                await tx.commit()
        if not found:
            return
        after = found[-1][0]


async def _fill_entries(transactions: Transactions, after: tuple[int, int]) -> Any:  # noqa: ANN401 - a place, or none
    revision, sequence = after
    async with transactions.session() as session:
        tx = await session.begin_transaction(timeout=WRITE_SECONDS)
        async with tx:
            found = await value(tx, _ENTRIES, revision=revision, sequence=sequence, limit=_AT_ONCE)
            entries = [entry_of(each) for each in found]
            rows = [[each.revision, each.sequence, changed_names(each) or None] for each in entries]
            await run(tx, _PUT_NAMES, rows=rows)
            await tx.commit()
    return (entries[-1].revision, entries[-1].sequence) if entries else None
