"""Stores over the run's Neo4j."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, LiteralString

import pytest

from graph_service.model.vocabulary import packaged
from graph_service.store.neo4j import Neo4jGraphStore, open_neo4j
from tests.builders import TickingClock
from tests.servers.neo4j_server import Neo4jAddress

Opener = Callable[[Neo4jAddress], Awaitable[Neo4jGraphStore]]


def asked(where: Neo4jAddress, query: LiteralString, **parameters: object) -> list[Any]:
    """Return the rows of a query that a person types into Neo4j's browser."""
    with where.driver() as driver:
        return driver.execute_query(query, parameters, database_=where.database).records


@pytest.fixture
async def opened() -> AsyncIterator[Opener]:
    """Provide a way to open stores that are closed when the test ends."""
    async with AsyncExitStack() as stack:

        async def open_store(where: Neo4jAddress) -> Neo4jGraphStore:
            store = await open_neo4j(
                where.address,
                user=where.user,
                password=where.password,
                database=where.database,
                clock=TickingClock(),
                lineage=packaged().lineage,
            )
            stack.push_async_callback(store.close)
            return store

        yield open_store


@pytest.fixture
async def store(opened: Opener, empty_neo4j: Neo4jAddress) -> Neo4jGraphStore:
    """Provide an empty store on the shared server."""
    return await opened(empty_neo4j)
