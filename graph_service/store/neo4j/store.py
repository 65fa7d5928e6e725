"""The store that keeps the estate in Neo4j."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import datetime

from typing_extensions import override

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.instants import instant_text
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head, LogEntry, RecordType, Revision
from graph_service.store.copyable import CopyableStore, Stretch, Taker
from graph_service.store.graph_store import Applied, CIPage, CIQuery, ClaimIndex
from graph_service.store.ledger import Settled, settle
from graph_service.store.log_query import EVERYTHING, LogQuery
from graph_service.store.neo4j import (
    applying,
    counting,
    exporting,
    log_filtering,
    log_reading,
    past_reading,
    read_out,
    reading,
    relabelling,
    searching,
)
from graph_service.store.neo4j.mapping import Lineage, as_cypher_type, labels
from graph_service.store.neo4j.migrate import add_relationship_type
from graph_service.store.neo4j.transactions import (
    EXPORT_SECONDS,
    Transaction,
    Transactions,
    read_head,
)
from graph_service.store.plain import plain_delta
from graph_service.store.replaying import as_delta, replayed
from graph_service.store.topology import CIColumns, RelationshipColumns

Part = Head | CIColumns | RelationshipColumns


class Neo4jGraphStore(CopyableStore):
    """The estate as people see it in Neo4j's own browser, and its log beside it.

    A living CI has the labels ``:CI``, its class and what that specialises; a retired one ``:CI``
    and ``:Retired``. A retired relationship is a node ``:RetiredRelationship``, so that no
    traversal meets it. One store belongs to one event loop.
    """

    def __init__(
        self, transactions: Transactions, *, clock: Callable[[], datetime], lineage: Lineage
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._lineage = lineage
        self._indexed_types: set[str] = set()

    @property
    @override
    def address(self) -> str:
        return self._transactions.address

    @override
    async def head(self) -> Head:
        return await self._transactions.read(read_head)

    @override
    async def apply(self, delta: GraphDelta) -> Applied:
        # What cannot be stored cannot be looked up either: it is refused before anything is read.
        delta = await asyncio.to_thread(plain_delta, delta)
        await self._index_types({each.type for each in delta.relationships})

        async def work(tx: Transaction, head: Head) -> tuple[Settled, bool]:
            touched = await applying.touched_by(tx, delta, head)
            at = instant_text(self._clock())
            # Hashing and writing out thousands of records would hold up everybody else's answers.
            settled = await asyncio.to_thread(settle, delta, touched, head, at)
            former = await applying.former_names_of(tx, settled)
            statements = await asyncio.to_thread(
                applying.statements, settled, delta, touched, former, self._lineage
            )
            await applying.write(tx, statements)
            await applying.write_head(tx, settled)
            return settled, any(rows for _, rows in statements)

        settled = await self._transactions.write(work)
        return Applied(settled.head, settled.revision, settled.keys)

    @override
    async def append(self, stretch: Stretch) -> Head:
        if not stretch:
            return await self.head()
        delta = await asyncio.to_thread(as_delta, stretch, await self.head())
        await self._index_types({each.type for each in delta.relationships})

        async def work(tx: Transaction, head: Head) -> tuple[Head, bool]:
            delta = await asyncio.to_thread(as_delta, stretch, head)
            touched = await applying.touched_by(tx, delta, head)
            settled = await asyncio.to_thread(replayed, stretch, delta, touched, head)
            former = await applying.former_names_of(tx, settled)
            statements = await asyncio.to_thread(
                applying.statements, settled, delta, touched, former, self._lineage
            )
            await applying.write(tx, statements)
            await applying.write_head(tx, settled)
            return settled.head, True

        return await self._transactions.write(work)

    @override
    async def read_out(self, take: Taker, *, records_only: bool = False) -> None:
        # Writers wait meanwhile, readers do not: it is too long to be read twice.
        async def work(tx: Transaction, head: Head) -> tuple[None, bool]:
            async for part in read_out.parts(tx, head, records_only=records_only):
                await asyncio.to_thread(take, part)
            return None, False

        await self._transactions.write(work, EXPORT_SECONDS)

    @override
    async def cis(self, ids: Collection[str]) -> dict[CIId, CI]:
        found = await self._transactions.read(lambda tx: reading.cis(tx, ids))
        return {each.id: each for each in found}

    @override
    async def cis_by_key(self, keys: Collection[str]) -> dict[str, CI]:
        found = await self._transactions.read(lambda tx: reading.cis_by_key(tx, keys))
        return {each.key: each for each in found}

    @override
    async def cis_by_name(self, name: str, limit: int = 10) -> list[CI]:
        return await self._transactions.read(lambda tx: reading.cis_by_name(tx, name, limit))

    @override
    async def find_cis(self, query: CIQuery) -> CIPage:
        return await self._transactions.read(lambda tx: searching.find_cis(tx, query))

    @override
    async def count_cis(self, query: CIQuery) -> int:
        return await self._transactions.read(lambda tx: searching.count_cis(tx, query))

    @override
    async def former_names(self, ids: Collection[str]) -> dict[CIId, tuple[str, ...]]:
        return await self._transactions.read(lambda tx: searching.former_names(tx, ids))

    @override
    async def words_like(self, word: str, limit: int = 5) -> list[str]:
        return await self._transactions.read(lambda tx: searching.find_words_like(tx, word, limit))

    @override
    async def relationships(self, ids: Collection[str]) -> dict[RelationshipId, Relationship]:
        found = await self._transactions.read(lambda tx: reading.relationships(tx, ids))
        return {each.id: each for each in found}

    @override
    async def relationships_of(
        self, ci_ids: Collection[str], *, include_retired: bool = False
    ) -> list[Relationship]:
        return await self._transactions.read(
            lambda tx: reading.relationships_of(tx, ci_ids, include_retired=include_retired)
        )

    @override
    async def claim_index(self, data_source: str) -> ClaimIndex:
        return await self._transactions.read(lambda tx: reading.claim_index(tx, data_source))

    @override
    async def claims(self, data_source: str, native_keys: Collection[str]) -> dict[str, Claim]:
        keys = [(data_source, each) for each in native_keys]
        found = await self._transactions.read(lambda tx: reading.claims(tx, keys))
        return {each.native_key: each for each in found}

    @override
    async def claims_of(self, subjects: Collection[str]) -> dict[str, list[Claim]]:
        found = await self._transactions.read(lambda tx: reading.claims_of(tx, subjects))
        by_subject: dict[str, list[Claim]] = {}
        for each in found:
            by_subject.setdefault(each.subject, []).append(each)
        return by_subject

    @override
    async def revisions(
        self,
        *,
        after: int = 0,
        limit: int = 50,
        newest_first: bool = False,
        query: LogQuery = EVERYTHING,
    ) -> list[Revision]:
        return await self._transactions.read(
            lambda tx: log_filtering.revisions(
                tx, query, after=after, limit=limit, newest_first=newest_first
            )
        )

    @override
    async def revision_count(self, query: LogQuery = EVERYTHING) -> int:
        return await self._transactions.read(lambda tx: log_filtering.revision_count(tx, query))

    @override
    async def log(
        self,
        query: LogQuery,
        *,
        after: tuple[int, int] | None = None,
        limit: int = 50,
        newest_first: bool = False,
    ) -> list[LogEntry]:
        return await self._transactions.read(
            lambda tx: log_filtering.log(
                tx, query, after=after, limit=limit, newest_first=newest_first
            )
        )

    @override
    async def log_count(self, query: LogQuery) -> int:
        return await self._transactions.read(lambda tx: log_filtering.log_count(tx, query))

    @override
    async def entries(self, revision: int) -> list[LogEntry]:
        return await self._transactions.read(lambda tx: log_reading.entries(tx, revision, revision))

    @override
    async def entries_after(self, revision: int, limit: int) -> list[LogEntry]:
        return await self._transactions.read(
            lambda tx: log_reading.entries_after(tx, revision, limit)
        )

    @override
    async def history(
        self, subject: str, *, before: tuple[int, int] | None = None, limit: int = 20
    ) -> list[LogEntry]:
        return await self._transactions.read(
            lambda tx: log_reading.history(tx, subject, before=before, limit=limit)
        )

    @override
    async def as_of(self, revision: int, ids: Collection[str]) -> dict[str, CI | Relationship]:
        return await self._transactions.read(lambda tx: past_reading.as_of(tx, revision, ids))

    @override
    async def changed(self, record_type: RecordType, *, after: int, until: int) -> list[str]:
        return await self._transactions.read(
            lambda tx: past_reading.changed(tx, record_type, after=after, until=until)
        )

    @override
    async def entries_of(self, ids: Collection[str], *, after: int) -> list[LogEntry]:
        return await self._transactions.read(
            lambda tx: past_reading.entries_of(tx, ids, after=after)
        )

    @override
    async def log_size(self, revision: int) -> int:
        return await self._transactions.read(lambda tx: past_reading.log_size(tx, revision))

    @override
    async def topology(self) -> AsyncIterator[Head | CIColumns | RelationshipColumns]:
        # Writers wait while it is read, readers do not: an export is too long to be read twice. It
        # is read whole before any of it is handed out, or a slow taker would keep writers waiting.
        async def work(tx: Transaction, head: Head) -> tuple[list[Part], bool]:
            return [each async for each in exporting.topology(tx, head)], False

        parts = await self._transactions.write(work, EXPORT_SECONDS)
        while parts:
            yield parts.pop(0)

    @override
    async def class_counts(self) -> Mapping[str, int]:
        return await self._transactions.read(counting.class_counts)

    @override
    async def type_counts(self) -> Mapping[str, int]:
        return await self._transactions.read(counting.type_counts)

    @override
    async def prepare_types(self, types: Collection[str]) -> None:
        await self._index_types(set(types))

    @override
    async def relabel(self, lineages: Mapping[str, Sequence[str]], *, others_stay: bool) -> int:
        total = 0
        for class_name in sorted(lineages):
            some = relabelling.relabelling(
                class_name, labels(class_name, lineages.__getitem__), others_stay=others_stay
            )
            while count := await self._transactions.write(some):
                total += count
        return total

    @override
    async def record(self, kind: str, record_id: str) -> Record | None:
        return await self._transactions.read(lambda tx: reading.record(tx, kind, record_id))

    @override
    async def records(
        self,
        kind: str,
        *,
        group: str | None = None,
        after: str = "",
        limit: int = 100,
        newest_first: bool = False,
    ) -> list[Record]:
        page = reading.PageOfRecords(kind, group, after, limit, newest_first)
        return await self._transactions.read(lambda tx: reading.records(tx, page))

    @override
    async def record_count(self, kind: str, *, group: str | None = None) -> int:
        return await self._transactions.read(lambda tx: reading.record_count(tx, kind, group))

    @override
    async def close(self) -> None:
        await self._transactions.close()

    async def _index_types(self, types: set[str]) -> None:
        """Make sure that relationships of these types can be found by id."""
        for each in sorted(types - self._indexed_types):
            if quoted := as_cypher_type(each):
                await add_relationship_type(self._transactions, quoted)
            self._indexed_types.add(each)
