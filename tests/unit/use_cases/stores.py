"""Stores for tests of use cases: embedded, in a folder of the test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from graph_service.store import GraphStore
from graph_service.store.sqlite import open_sqlite
from tests.builders import TickingClock


@asynccontextmanager
async def opened_in(folder: Path) -> AsyncIterator[GraphStore]:
    """Open an embedded store and close it at the end of the block."""
    store = await open_sqlite(folder / "estate.db", clock=TickingClock())
    try:
        yield store
    finally:
        await store.close()
