"""Following the log: one look at the store's head for all who wait for the next revision."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace

from graph_service.model.errors import RevisionUnknownError, StoreUnavailableError
from graph_service.model.revision import Revision
from graph_service.store import GraphStore, LogQuery

PAGE = 20
"""Revisions that are read ahead of whoever takes them: nothing else is kept for a slow taker."""


class LogFollower:
    """Looks every few moments where the log ends, as long as anybody wants to know.

    Whoever writes in this process calls ``look``, so that nobody waits for the next moment. It
    belongs to one event loop.
    """

    def __init__(self, store: GraphStore, seconds: float) -> None:
        self._store = store
        self._seconds = seconds
        self._newest = -1
        self._waiting_count = 0
        self._moved = asyncio.Event()
        self._wake = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Look now: something may have been written."""
        self._wake.set()

    async def past(self, revision: int) -> int:
        """Wait until the log ends above a revision, and return where.

        Raises:
            RevisionUnknownError: It ends below: the store was put back to an earlier state.

        """
        self._newest = max((await self._store.head()).revision, 0)
        self._waiting_count += 1
        try:
            while self._newest <= revision:
                if self._newest < revision:
                    raise RevisionUnknownError(
                        f"there is no revision {revision}; the newest is {self._newest}"
                    )
                if self._looking is None or self._looking.done():
                    self._looking = asyncio.create_task(self._look_often())
                await self._moved.wait()
            return self._newest
        finally:
            self._waiting_count -= 1

    async def _look_often(self) -> None:
        while self._waiting_count:
            # A store that does not answer may do so again; who waits is kept waiting.
            with suppress(StoreUnavailableError):
                newest = (await self._store.head()).revision
                if newest != self._newest:
                    self._newest = newest
                    moved, self._moved = self._moved, asyncio.Event()
                    moved.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._wake.wait()
            self._wake.clear()

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    async def revisions(self, query: LogQuery, after: int) -> AsyncGenerator[Revision, None]:
        """Yield revisions of which an entry meets a query, those there are and those to come.

        In their order, each once, without a gap, until the last revision the query asks for.

        Raises:
            RevisionUnknownError: There is no revision ``after``.

        """
        done = after
        while not query.last or done < query.last:
            newest = await self.past(done)
            stretch = replace(query, last=min(query.last or newest, newest))
            while done < newest:
                found = await self._store.revisions(query=stretch, after=done, limit=PAGE)
                for each in found:
                    yield each
                done = found[-1].number if len(found) == PAGE else newest
