"""One fixture over all stores: a new store is one line in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pytest

from graph_service.store.copyable import CopyableStore
from graph_service.store.neo4j import open_neo4j
from graph_service.store.sqlite import open_sqlite
from tests.builders import TickingClock
from tests.servers.neo4j_server import Neo4jAddress

Clock = Callable[[], datetime]


class EmptyStore(Protocol):
    """Opens a store that holds nothing; its clock ticks by a second from noon unless given."""

    def __call__(self, clock: Clock | None = None) -> AbstractAsyncContextManager[CopyableStore]:
        """Open it."""
        ...


@pytest.fixture(params=["sqlite", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def empty_store(request: pytest.FixtureRequest) -> EmptyStore:
    """Provide each store in turn."""
    opened: EmptyStore = request.getfixturevalue(f"empty_{request.param}_store")
    return opened


@pytest.fixture
def empty_sqlite_store(tmp_path: Path) -> EmptyStore:
    """Provide the embedded store in a file of its own."""

    @asynccontextmanager
    async def opened(clock: Clock | None = None) -> AsyncIterator[CopyableStore]:
        store = await open_sqlite(tmp_path / "estate.db", clock=clock or TickingClock())
        yield store
        await store.close()

    return opened


@pytest.fixture
def empty_neo4j_store(empty_neo4j: Neo4jAddress) -> EmptyStore:
    """Provide the server store on the server of this run."""

    @asynccontextmanager
    async def opened(clock: Clock | None = None) -> AsyncIterator[CopyableStore]:
        store = await open_neo4j(
            empty_neo4j.address,
            user=empty_neo4j.user,
            password=empty_neo4j.password,
            database=empty_neo4j.database,
            clock=clock or TickingClock(),
        )
        yield store
        await store.close()

    return opened


@pytest.fixture
async def store(empty_store: EmptyStore) -> AsyncIterator[CopyableStore]:
    """Provide an empty store."""
    async with empty_store() as opened:
        yield opened
