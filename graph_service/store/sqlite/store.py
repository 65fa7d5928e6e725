"""The embedded store: one file, one writer, some readers."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.errors import StoreUnavailableError
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head, LogEntry, Revision
from graph_service.store.graph_store import Applied, CIPage, CIQuery, ClaimIndex
from graph_service.store.sqlite import reading
from graph_service.store.sqlite.opening import open_file
from graph_service.store.sqlite.readers import Readers, Stream
from graph_service.store.sqlite.writer import Writer
from graph_service.store.sqlite.writing import read_head
from graph_service.store.topology import CIColumns, RelationshipColumns

T = TypeVar("T")


async def open_sqlite(path: Path, *, clock: Callable[[], datetime]) -> "SQLiteGraphStore":
    """Open the store in a file, which is created with its folders where it does not exist.

    Raises:
        StoreUnusableError: The file cannot be a store of this program: rights, format, version.
        StoreUnavailableError: The disk is full, or another program holds the file.

    """
    connection = await asyncio.to_thread(open_file, path, clock)
    return SQLiteGraphStore(path, Writer(connection, path, clock), Readers(path))


class SQLiteGraphStore:
    """``GraphStore`` over one SQLite file; see there for what each method promises.

    Any number of programs may open one file at once. Made by ``open_sqlite``.
    """

    def __init__(self, path: Path, writer: Writer, readers: Readers) -> None:
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
        self._check_open()
        return await asyncio.wrap_future(self._writer.submit(delta))

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
        return await self._ask(partial(reading.find_cis, query=query))

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
        self, *, after: int = 0, limit: int = 50, newest_first: bool = False
    ) -> list[Revision]:
        """Return a page of revisions."""
        return await self._ask(
            partial(reading.revisions, after=after, limit=limit, newest_first=newest_first)
        )

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

    async def record(self, kind: str, record_id: str) -> Record | None:
        """Return a record that is not part of the graph."""
        return await self._ask(partial(reading.record, kind=kind, record_id=record_id))

    async def records(
        self, kind: str, *, group: str | None = None, after: str = "", limit: int = 100
    ) -> list[Record]:
        """Return a page of records of a kind."""
        return await self._ask(
            partial(reading.records, kind=kind, group=group, after=after, limit=limit)
        )

    async def close(self) -> None:
        """Write what is queued, finish what is asked, and let go of the file."""
        if not self._is_closed:
            self._is_closed = True
            await asyncio.to_thread(self._close)

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        self._check_open()
        return await self._readers.ask(question)

    def _close(self) -> None:
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
