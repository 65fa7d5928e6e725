"""The snapshot of now: built once, then moved along by the log."""

import asyncio

from graph_service.model.revision import Head
from graph_service.model.vocabulary import Vocabulary
from graph_service.projection.build import built
from graph_service.projection.snapshot import Snapshot
from graph_service.projection.tables import EstateTables, UnknownEndError
from graph_service.store import GraphStore

_REVISIONS_FOLLOWED_MAX = 200
_ENTRIES_READ = 10_000


class CurrentEstate:
    """Hands out the snapshot at the store's head; whoever asks at the same time shares the work.

    A snapshot is replaced by one assignment and never changed, so readers need no lock.
    """

    def __init__(self, store: GraphStore, vocabulary: Vocabulary) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._tables = EstateTables()
        self._snapshot: Snapshot | None = None
        self._head_hash = ""
        self._move: asyncio.Task[Snapshot] | None = None
        self._turn = asyncio.Lock()

    async def snapshot(self) -> Snapshot:
        """Return the estate as of a revision that is not older than this call.

        Raises:
            StoreUnavailableError: The store does not answer.

        """
        head = await self._store.head()
        under_way = self._move
        if self._as_of(head) is None and under_way is not None and not under_way.done():
            await asyncio.shield(under_way)
        snapshot = self._as_of(head)
        if snapshot is not None:
            return snapshot
        # A task of its own: whoever gives up waiting must not leave the tables half moved.
        if self._move is None or self._move.done():
            self._move = asyncio.create_task(self._in_turn())
        return await asyncio.shield(self._move)

    async def branch(self) -> tuple[EstateTables, Snapshot]:
        """Return the newest snapshot and tables that go their own way from about there.

        The tables are further than the snapshot where following the log broke off.

        Raises:
            StoreUnavailableError: The store does not answer.

        """
        snapshot = await self.snapshot()
        async with self._turn:
            return await asyncio.to_thread(self._tables.copy), self._snapshot or snapshot

    def _as_of(self, head: Head) -> Snapshot | None:
        snapshot = self._snapshot
        if snapshot is None or snapshot.revision < head.revision:
            return None
        same = snapshot.revision > head.revision or self._head_hash in {"", head.hash}
        return snapshot if same else None

    async def _in_turn(self) -> Snapshot:
        async with self._turn:
            return await self._moved()

    async def _moved(self) -> Snapshot:
        head = await self._store.head()
        behind = head.revision - self._tables.revision
        if self._snapshot is None or not 0 < behind <= _REVISIONS_FOLLOWED_MAX:
            self._snapshot = await self._loaded()
            return self._snapshot
        try:
            self._snapshot = await self._followed(head)
        except UnknownEndError:
            self._snapshot = await self._loaded()
        return self._snapshot

    async def _loaded(self) -> Snapshot:
        parts = [part async for part in self._store.topology()]
        head = next(part for part in parts if isinstance(part, Head))

        def load() -> tuple[EstateTables, Snapshot]:
            tables = EstateTables.loaded(parts)
            return tables, self._built(tables, head)

        self._tables, snapshot = await asyncio.to_thread(load)
        self._head_hash = head.hash
        return snapshot

    async def _followed(self, head: Head) -> Snapshot:
        tables = self._tables
        while tables.revision < head.revision:
            entries = await self._store.entries_after(tables.revision, _ENTRIES_READ)
            if not entries:
                # Every revision has entries, so the store was put back to an earlier one meanwhile.
                return await self._loaded()
            await asyncio.to_thread(tables.follow, entries)
        self._head_hash = head.hash if tables.revision == head.revision else ""
        return await asyncio.to_thread(self._built, tables, head)

    def _built(self, tables: EstateTables, head: Head) -> Snapshot:
        snapshot = built(tables, self._vocabulary, head.at)
        # Made here, off the event loop, because every question needs them.
        snapshot.prepare_lookups()
        return snapshot
