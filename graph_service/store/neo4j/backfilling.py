"""What a step of the schema adds to the CIs that are there already."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, LiteralString

import orjson
from neo4j import AsyncManagedTransaction

from graph_service.store.neo4j.mapping import (
    FORMER_NAMES,
    NAMES,
    SAID,
    ci_of,
    ci_properties,
)
from graph_service.store.neo4j.properties import Properties
from graph_service.store.neo4j.transactions import Transactions, run, value

_ROWS = 2_000
_PAGE: LiteralString = """
MATCH (n:CI) USING INDEX n:CI(uid) WHERE n.uid > $after
WITH n ORDER BY n.uid LIMIT $limit RETURN collect(properties(n))
"""
_CHANGES: LiteralString = """
MATCH (e:LogEntry) USING INDEX e:LogEntry(recordId, revision, sequence)
WHERE e.recordId IN $ids AND e.revision > 0 AND e.sequence >= 0
  AND e.operation <> 'CREATED' AND e.payload IS NOT NULL
RETURN collect([e.recordId, e.payload])
"""
_WRITE: LiteralString = (
    "UNWIND $rows AS row MATCH (n:CI {uid: row.uid}) USING INDEX n:CI(uid)"
    " SET n.words = row.words"
    f", n.`{NAMES}` = row.`{NAMES}`, n.`{SAID}` = row.`{SAID}`"
    f", n.`{FORMER_NAMES}` = row.`{FORMER_NAMES}`"
)


async def fill_finding(transactions: Transactions) -> None:
    """Write the words, facts and former names of every CI; done again, it writes the same."""
    after = ""
    while True:

        async def next_page(tx: AsyncManagedTransaction, after: str = after) -> str | None:
            page = await value(tx, _PAGE, after=after, limit=_ROWS)
            if not page:
                return None
            changes = await value(tx, _CHANGES, ids=[each["uid"] for each in page])
            await run(tx, _WRITE, rows=_rows(page, changes))
            last: str = page[-1]["uid"]
            return last

        async with transactions.session() as session:
            last = await session.execute_write(next_page)
        if last is None:
            return
        after = last


def _rows(page: Sequence[Properties], changes: Sequence[Sequence[Any]]) -> list[Properties]:
    former: defaultdict[str, set[str]] = defaultdict(set)
    for record_id, payload in changes:
        name = orjson.loads(payload)[0].get("name")
        if isinstance(name, str):
            former[record_id].add(name)
    rows = []
    for each in page:
        whole = ci_properties(ci_of(each), None, former.get(each["uid"], ()))
        kept = {name: whole.get(name) for name in ("uid", "words", NAMES, SAID, FORMER_NAMES)}
        rows.append(kept)
    return rows
