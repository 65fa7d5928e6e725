"""The one thread that writes: orders queue up and share commits."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from graph_service.model.errors import InvalidInputError, StaleRevisionError, StoreUnusableError
from graph_service.model.instants import instant_text
from graph_service.store.graph_store import Applied
from graph_service.store.sqlite.connection import SameFile, store_error

GROUP_RECORDS_MAX = 10_000
"""Graph records after which a commit waits for no further deltas."""

IDLE_SECONDS = 1.0
"""How long nothing is written before the writer tidies up."""

Work = Callable[[sqlite3.Connection, str], Applied]
"""Writes something at an instant, or raises a refusal with nothing written."""


@dataclass(frozen=True, slots=True)
class _Order:
    work: Work
    size: int
    applied: "Future[Applied]"


_Outcome = Applied | InvalidInputError | StaleRevisionError


class Writer:
    """Does work in the order in which it is handed over.

    What waits while a commit is under way is written together, with one commit for all, each delta
    as its own revision. Work that is refused has written nothing; when the disk or the file fails,
    the group is undone and every part of it tried alone, so that each gets its own answer.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, clock: Callable[[], datetime]
    ) -> None:
        self._connection = connection
        self._path = path
        self._clock = clock
        self._file = SameFile(path)
        self._has_unfolded = False
        self._queue: SimpleQueue[_Order | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work, size: int) -> "Future[Applied]":
        """Hand over work on so many records. What is cancelled before its turn is not done."""
        applied: Future[Applied] = Future()
        self._queue.put(_Order(work, size, applied))
        return applied

    def close(self) -> None:
        """Write what is queued, then end."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        is_open = True
        while is_open:
            group, is_open = self._next_group()
            self._write(group)
        self._connection.close()

    def _next_group(self) -> tuple[list[_Order], bool]:
        """Return what is to be written together, and whether more may come after it."""
        group: list[_Order] = []
        size = 0
        order = self._next_order()
        while order is not None:
            if order.applied.set_running_or_notify_cancel():
                group.append(order)
                size += order.size
            if size >= GROUP_RECORDS_MAX or self._queue.empty():
                return group, True
            order = self._queue.get()
        return group, False

    def _next_order(self) -> _Order | None:
        """Return what comes next; while nothing comes, fold the write-ahead log into the file.

        SQLite does so by itself only when that log is long, which keeps imports fast.
        """
        if self._has_unfolded:
            try:
                return self._queue.get(timeout=IDLE_SECONDS)
            except Empty:
                with suppress(sqlite3.Error):  # nothing is lost: the next commit may do it
                    self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                self._has_unfolded = False
        return self._queue.get()

    def _write(self, group: Sequence[_Order]) -> None:
        """Write a group and answer everybody in it; never raises, for nobody would hear it."""
        if not group:
            return
        self._has_unfolded = True
        try:
            self._file.check()
            self._connection.execute("BEGIN IMMEDIATE")
        except (sqlite3.Error, StoreUnusableError) as error:
            self._fail(group, error)
            return
        try:
            outcomes = [self._outcome(each.work) for each in group]
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whoever awaits the outcome gets it
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            if len(group) == 1:
                self._fail(group, error)
            else:
                for order in group:
                    self._write([order])
            return
        for order, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, Applied):
                order.applied.set_result(outcome)
            else:
                order.applied.set_exception(outcome)

    def _outcome(self, work: Work) -> _Outcome:
        try:
            return work(self._connection, instant_text(self._clock()))
        except (InvalidInputError, StaleRevisionError) as refusal:
            return refusal

    def _fail(self, group: Sequence[_Order], error: Exception) -> None:
        meant = store_error(error, self._path) if isinstance(error, sqlite3.Error) else None
        if meant is not None:
            meant.__cause__ = error
        for order in group:
            order.applied.set_exception(meant or error)
