"""Transactions that see and leave whole revisions only.

Neo4j isolates at the level of read committed, and lets a reader see a commit half applied. Two
nodes put that right. Writers lock ``:LogHead`` first, which orders them: revision order is commit
order. Last of all they count up ``:CommitGate``, and so hold its lock while their commit is being
applied. A reader that locks the gate therefore looks at a moment when nothing is half applied, and
the count tells it whether anything was committed since it last did. So a reader reads first and
locks the gate after; only if the count is not the one it knew does it read again, with the gate
locked before. Without writers a read costs one short statement more; a writer keeps readers waiting
for its commit, not for its work.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString, TypeVar

from neo4j import (
    AsyncDriver,
    AsyncGraphDatabase,
    AsyncManagedTransaction,
    AsyncSession,
    AsyncTransaction,
    unit_of_work,
)

from graph_service.model.errors import StoreUnavailableError, StoreUnusableError
from graph_service.model.revision import Head
from graph_service.store.neo4j.faults import translated

Transaction = AsyncManagedTransaction | AsyncTransaction
T = TypeVar("T")

READ_SECONDS = 60.0
WRITE_SECONDS = 120.0
EXPORT_SECONDS = 900.0

# Setting a property to the value it has takes the lock and writes nothing; removing one that is
# absent does not even lock.
_LOCK_GATE: LiteralString = (
    "MATCH (gate:CommitGate {uid: 0}) SET gate.locked = true RETURN gate.commits"
)
_COUNT_COMMIT: LiteralString = (
    "MATCH (gate:CommitGate {uid: 0}) SET gate.commits = gate.commits + 1 RETURN gate.commits"
)
_LOCK_HEAD: LiteralString = "MATCH (head:LogHead {uid: 0}) SET head.locked = true"
_READ_HEAD: LiteralString = (
    "MATCH (head:LogHead {uid: 0}) RETURN [head.revision, head.at, head.hash, head.nextOrdinal]"
)
_MOVE_HEAD: LiteralString = (
    "MATCH (head:LogHead {uid: 0}) "
    "SET head.revision = $revision, head.at = $at, head.hash = $hash, head.nextOrdinal = $ordinal"
)


class Transactions:
    """Runs functions in transactions of one database, each with a time limit.

    The functions may run more than once: the driver repeats them when the server asks for it.
    """

    def __init__(self, driver: AsyncDriver, database: str, address: str) -> None:
        self._driver = driver
        self._database = database
        self._bookmarks = AsyncGraphDatabase.bookmark_manager()
        self._commits_known = -1
        self._is_closed = False
        self._under_way = 0
        self._nothing_under_way = asyncio.Event()
        self.address = address

    async def read(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Return what ``work`` reads, all of it at one revision."""

        async def read_then_look(tx: AsyncManagedTransaction) -> tuple[T, int]:
            result = await work(tx)
            return result, await value(tx, _LOCK_GATE)

        async def look_then_read(tx: AsyncManagedTransaction) -> tuple[T, int]:
            commits = await value(tx, _LOCK_GATE)
            return await work(tx), commits

        with self._counted():
            known = self._commits_known
            result, commits = await self._run(read_then_look, READ_SECONDS)
            if commits != known:
                result, commits = await self._run(look_then_read, READ_SECONDS)
        self._commits_known = max(self._commits_known, commits)
        return result

    async def write(
        self,
        work: Callable[[Transaction, Head], Awaitable[tuple[T, bool]]],
        seconds: float | None = None,
    ) -> T:
        """Run ``work`` alone among writers; it says whether it has written anything."""

        async def in_turn(tx: AsyncManagedTransaction) -> tuple[T, int]:
            result, has_written = await work(tx, await take_turn(tx))
            commits = await value(tx, _COUNT_COMMIT) if has_written else -1
            return result, commits

        with self._counted():
            result, commits = await self._run(in_turn, seconds or WRITE_SECONDS)
        self._commits_known = max(self._commits_known, commits)
        return result

    def session(self) -> AsyncSession:
        """Open a session of the database, for what does not fit into one managed transaction."""
        return self._driver.session(database=self._database, bookmark_manager=self._bookmarks)

    async def close(self) -> None:
        """Wait for what is under way, begin nothing more, and let go of all connections."""
        self._is_closed = True
        if self._under_way:
            self._nothing_under_way.clear()
            await self._nothing_under_way.wait()
        with translated(self.address):
            await self._driver.close()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Have ``close`` wait for this."""
        if self._is_closed:
            raise StoreUnavailableError(f"{self.address}: this store was closed")
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._nothing_under_way.set()

    async def _run(
        self, work: Callable[[AsyncManagedTransaction], Awaitable[T]], limit: float
    ) -> T:
        with translated(self.address):
            async with self.session() as session:
                # Locks are taken where writes are: both go to the leader of a cluster.
                return await session.execute_write(unit_of_work(timeout=limit)(work))


async def take_turn(tx: Transaction) -> Head:
    """Wait until no other writer is at work, and return the head, which now stays where it is."""
    await run(tx, _LOCK_HEAD)
    return await read_head(tx)


async def read_head(tx: Transaction) -> Head:
    """Return where the log ends."""
    return Head(*await value(tx, _READ_HEAD))


async def move_head(tx: Transaction, head: Head) -> None:
    """Write where the log ends from now on."""
    await run(
        tx,
        _MOVE_HEAD,
        revision=head.revision,
        at=head.at,
        hash=head.hash,
        ordinal=head.next_ordinal,
    )


async def run(tx: Transaction, query: LiteralString, **parameters: object) -> None:
    """Run a statement for what it does."""
    await (await tx.run(query, parameters)).consume()


async def value(tx: Transaction, query: LiteralString, **parameters: object) -> Any:  # noqa: ANN401 - any value
    """Return the one value of the one row of a query.

    Rows are slow to leave Neo4j, lists are not: queries collect what they find into one value.
    """
    record = await (await tx.run(query, parameters)).single()
    if record is None:
        raise StoreUnusableError(
            "the database has lost the nodes that count its revisions; restore it from a backup"
        )
    return record[0]
