"""A small pool of threads and connections that read while the writer writes."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Generic, TypeVar

from graph_service.store.sqlite.connection import SameFile, connect, store_error

THREADS = 4

T = TypeVar("T")


class Readers:
    """Runs questions on threads, each inside a transaction, so that it sees one revision."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = SameFile(path)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sqlite-reader")
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._is_closed = False

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Return the answer to a question."""
        return await self.run(self._answer, question)

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Run work on one of the threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, work, *arguments)

    def _answer(self, question: Callable[[sqlite3.Connection], T]) -> T:
        with self.meaning():
            connection = self.take()
            try:
                connection.execute("BEGIN")
                return question(connection)
            finally:
                self.give_back(connection)

    def take(self) -> sqlite3.Connection:
        """Return a connection for one reader; a new one when all are in use."""
        self._file.check()
        try:
            return self._idle.get_nowait()
        except Empty:
            return connect(self._path, read_only=True)

    def give_back(self, connection: sqlite3.Connection) -> None:
        """Let another reader have a connection, whatever state it is in."""
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if self._idle.qsize() < THREADS and not self._is_closed:
            self._idle.put(connection)
        else:
            connection.close()

    @contextmanager
    def meaning(self) -> Iterator[None]:
        """Raise failures of SQLite as what they mean to a caller."""
        try:
            yield
        except sqlite3.Error as error:
            if meant := store_error(error, self._path):
                raise meant from error
            raise

    def close(self) -> None:
        """Finish what is being asked, then close all."""
        self._is_closed = True
        self._threads.shutdown()
        while not self._idle.empty():
            self._idle.get().close()


class Stream(Generic[T]):
    """An answer that is taken part by part, in one transaction on a connection of its own.

    Who takes it may be cancelled while a thread is at work on the next part: only when that is done
    may somebody else have the connection, and with it another look at the file.
    """

    def __init__(
        self, readers: Readers, question: Callable[[sqlite3.Connection], Iterator[T]]
    ) -> None:
        self._readers = readers
        self._question = question
        self._lock = threading.Lock()
        self._has_ended = False
        self._connection: sqlite3.Connection | None = None
        self._parts: Iterator[T] = iter(())

    def next(self) -> T | None:
        """Return the next part, on whatever thread, or ``None`` after the last."""
        with self._lock, self._readers.meaning():
            if self._has_ended:
                return None
            if self._connection is None:
                self._connection = self._readers.take()
                self._connection.execute("BEGIN")
                self._parts = self._question(self._connection)
            return next(self._parts, None)

    def end(self) -> None:
        """Give the connection back; a part that is being read is broken off."""
        self._has_ended = True
        if (connection := self._connection) is not None:
            connection.interrupt()
        with self._lock:
            self._parts = iter(())  # ends the statement that was half read, and its transaction
            if self._connection is not None:
                self._readers.give_back(self._connection)
                self._connection = None
