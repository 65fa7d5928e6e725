"""The embedded store: one file, one writer, some readers."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.errors import StoreUnavailableError, StoreUnusableError
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head, LogEntry, RecordType, Revision
from graph_service.store.copyable import Stretch, Taker
from graph_service.store.graph_store import Applied, CIPage, CIQuery, ClaimIndex
from graph_service.store.log_query import EVERYTHING, LogQuery
from graph_service.store.sqlite import finding, log_reading, past_reading, reading
from graph_service.store.sqlite.opening import check_file, open_file
from graph_service.store.sqlite.read_out import read_out
from graph_service.store.sqlite.readers import Readers, Stream
from graph_service.store.sqlite.writer import Writer
from graph_service.store.sqlite.writing import append_stretch, apply_delta, read_head
from graph_service.store.topology import CIColumns, RelationshipColumns

T = TypeVar("T")


async def open_sqlite(
    path: Path, *, clock: Callable[[], datetime], read_only: bool = False
) -> "SQLiteGraphStore":
    """Open the store in a file, which is created with its folders where it does not exist.

    With ``read_only`` nothing is created or brought up to date, and nothing can be applied.

    Raises:
        StoreUnusableError: The file cannot be a store of this program: rights, format, version; or
            it is to be read only, and is not there or of an older shape.
        StoreUnavailableError: The disk is full, or another program holds the file.

    """
    if read_only:
        await asyncio.to_thread(check_file, path)
        return SQLiteGraphStore(path, None, Readers(path))
    connection = await asyncio.to_thread(open_file, path, clock)
    return SQLiteGraphStore(path, Writer(connection, path, clock), Readers(path))


class SQLiteGraphStore:
    """``GraphStore`` over one SQLite file; see there for what each method promises.

    Any number of programs may open one file at once. Made by ``open_sqlite``.
    """

    def __init__(self, path: Path, writer: Writer | None, readers: Readers) -> None:
        self._path = path
        self._writer = writer
        self._readers = readers
        self._is_closed = False

    @property
    def address(self) -> str:
        """The path of the file."""
        return str(self._path)

    async def head(self) -> Head:
        """Return where the log ends."""
        return await self._ask(read_head)

    async def apply(self, delta: GraphDelta) -> Applied:
        """Write all of a delta or none of it."""
        return await self._write(partial(apply_delta, delta=delta), delta.size)

    async def append(self, stretch: Stretch) -> Head:
        """Write revisions of another store as they were."""
        if not stretch:
            return await self.head()
        size = sum(len(entries) for _, entries in stretch)
        return (await self._write(partial(append_stretch, stretch=stretch), size)).head

    async def read_out(self, take: Taker, *, records_only: bool = False) -> None:
        """Hand over all that the file holds, of one moment; writers go on meanwhile."""
        await self._ask(partial(read_out, take=take, records_only=records_only))

    async def cis(self, ids: Collection[str]) -> dict[CIId, CI]:
        """Return CIs by id."""
        return await self._ask(partial(reading.cis, ids=ids))

    async def cis_by_key(self, keys: Collection[str]) -> dict[str, CI]:
        """Return CIs by key."""
        return await self._ask(partial(reading.cis_by_key, keys=keys))

    async def cis_by_name(self, name: str, limit: int = 10) -> list[CI]:
        """Return CIs of a name that are not retired."""
        return await self._ask(partial(reading.cis_by_name, name=name, limit=limit))

    async def find_cis(self, query: CIQuery) -> CIPage:
        """Return one page of the CIs that meet a query."""
        return await self._ask(partial(finding.find_cis, query=query))

    async def count_cis(self, query: CIQuery) -> int:
        """Return how many CIs meet a query."""
        return await self._ask(partial(finding.count_cis, query=query))

    async def former_names(self, ids: Collection[str]) -> dict[CIId, tuple[str, ...]]:
        """Return the names that CIs had before."""
        return await self._ask(partial(finding.former_names, ids=ids))

    async def words_like(self, word: str, limit: int = 5) -> list[str]:
        """Return words of names that look like another."""
        return await self._ask(partial(finding.find_words_like, word=word, limit=limit))

    async def relationships(self, ids: Collection[str]) -> dict[RelationshipId, Relationship]:
        """Return relationships by id."""
        return await self._ask(partial(reading.relationships, ids=ids))

    async def relationships_of(
        self, ci_ids: Collection[str], *, include_retired: bool = False
    ) -> list[Relationship]:
        """Return the relationships that have one of these CIs as an end."""
        return await self._ask(
            partial(reading.relationships_of, ci_ids=ci_ids, include_retired=include_retired)
        )

    async def claim_index(self, data_source: str) -> ClaimIndex:
        """Return all claims of a data source as columns."""
        return await self._ask(partial(reading.claim_index, data_source=data_source))

    async def claims(self, data_source: str, native_keys: Collection[str]) -> dict[str, Claim]:
        """Return claims of a data source by native key."""
        return await self._ask(
            partial(reading.claims, data_source=data_source, native_keys=native_keys)
        )

    async def claims_of(self, subjects: Collection[str]) -> dict[str, list[Claim]]:
        """Return the claims about CIs and relationships, by subject."""
        return await self._ask(partial(reading.claims_of, subjects=subjects))

    async def revisions(
        self,
        *,
        after: int = 0,
        limit: int = 50,
        newest_first: bool = False,
        query: LogQuery = EVERYTHING,
    ) -> list[Revision]:
        """Return a page of the revisions of which an entry meets a query."""
        return await self._ask(
            partial(
                log_reading.revisions,
                query=query,
                after=after,
                limit=limit,
                newest_first=newest_first,
            )
        )

    async def revision_count(self, query: LogQuery = EVERYTHING) -> int:
        """Return how many revisions have an entry that meets a query."""
        return await self._ask(partial(log_reading.revision_count, query=query))

    async def log(
        self,
        query: LogQuery,
        *,
        after: tuple[int, int] | None = None,
        limit: int = 50,
        newest_first: bool = False,
    ) -> list[LogEntry]:
        """Return a page of the entries that meet a query."""
        return await self._ask(
            partial(
                log_reading.log, query=query, after=after, limit=limit, newest_first=newest_first
            )
        )

    async def log_count(self, query: LogQuery) -> int:
        """Return how many entries meet a query."""
        return await self._ask(partial(log_reading.log_count, query=query))

    async def entries(self, revision: int) -> list[LogEntry]:
        """Return the entries of one revision."""
        return await self._ask(partial(reading.entries, revision=revision))

    async def entries_after(self, revision: int, limit: int) -> list[LogEntry]:
        """Return the entries of as many later revisions as fit."""
        return await self._ask(partial(reading.entries_after, revision=revision, limit=limit))

    async def history(
        self, subject: str, *, before: tuple[int, int] | None = None, limit: int = 20
    ) -> list[LogEntry]:
        """Return entries that concern a CI or a relationship, newest first."""
        return await self._ask(
            partial(reading.history, subject=subject, before=before, limit=limit)
        )

    async def as_of(self, revision: int, ids: Collection[str]) -> dict[str, CI | Relationship]:
        """Return CIs and relationships as they were."""
        return await self._ask(partial(past_reading.as_of, revision=revision, ids=ids))

    async def changed(self, record_type: RecordType, *, after: int, until: int) -> list[str]:
        """Return the ids of what some revisions wrote."""
        return await self._ask(
            partial(past_reading.changed, record_type=record_type, after=after, until=until)
        )

    async def entries_of(self, ids: Collection[str], *, after: int) -> list[LogEntry]:
        """Return later entries of some records."""
        return await self._ask(partial(past_reading.entries_of, ids=ids, after=after))

    async def log_size(self, revision: int) -> int:
        """Return how many entries there are up to a revision."""
        return await self._ask(partial(past_reading.log_size, revision=revision))

    async def topology(self) -> AsyncIterator[Head | CIColumns | RelationshipColumns]:
        """Stream the living graph of one revision, on a connection of its own."""
        self._check_open()
        stream = Stream(self._readers, _topology)
        try:
            while chunk := await self._readers.run(stream.next):
                yield chunk
                self._check_open()
        finally:
            stream.end()

    async def class_counts(self) -> Mapping[str, int]:
        """Return how many CIs there are of each class."""
        return await self._ask(reading.class_counts)

    async def type_counts(self) -> Mapping[str, int]:
        """Return how many relationships there are of each type."""
        return await self._ask(reading.type_counts)

    async def prepare_types(self, types: Collection[str]) -> None:
        """Do nothing: the file holds relationships of every type alike."""

    async def relabel(
        self,
        lineages: Mapping[str, Sequence[str]],  # noqa: ARG002 - the protocol's
        *,
        others_stay: bool,  # noqa: ARG002 - the protocol's
    ) -> int:
        """Do nothing: the file has no labels."""
        return 0

    async def record(self, kind: str, record_id: str) -> Record | None:
        """Return a record that is not part of the graph."""
        return await self._ask(partial(reading.record, kind=kind, record_id=record_id))

    async def records(
        self,
        kind: str,
        *,
        group: str | None = None,
        after: str = "",
        limit: int = 100,
        newest_first: bool = False,
    ) -> list[Record]:
        """Return a page of records of a kind."""
        return await self._ask(
            partial(
                reading.records,
                kind=kind,
                group=group,
                after=after,
                limit=limit,
                newest_first=newest_first,
            )
        )

    async def record_count(self, kind: str, *, group: str | None = None) -> int:
        """Return how many records of a kind there are."""
        return await self._ask(partial(reading.record_count, kind=kind, group=group))

    async def close(self) -> None:
        """Write what is queued, finish what is asked, and let go of the file."""
        if not self._is_closed:
            self._is_closed = True
            await asyncio.to_thread(self._close)

    async def _write(self, work: Callable[..., Applied], size: int) -> Applied:
        self._check_open()
        if self._writer is None:
            raise StoreUnusableError(f"{self._path}: this store was opened for reading only")
        return await asyncio.wrap_future(self._writer.submit(work, size))

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        self._check_open()
        return await self._readers.ask(question)

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._readers.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreUnavailableError(f"{self._path}: this store was closed")


def _topology(
    connection: sqlite3.Connection,
) -> Iterator[Head | CIColumns | RelationshipColumns]:
    yield read_head(connection)
    yield from reading.ci_chunks(connection)
    yield from reading.relationship_chunks(connection)
