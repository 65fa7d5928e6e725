"""The one thread that writes: deltas queue up and share commits."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from graph_service.model.delta import GraphDelta
from graph_service.model.errors import InvalidInputError, StaleRevisionError, StoreUnusableError
from graph_service.model.instants import instant_text
from graph_service.store.graph_store import Applied
from graph_service.store.sqlite.connection import SameFile, store_error
from graph_service.store.sqlite.writing import apply_delta

GROUP_RECORDS_MAX = 10_000
"""Graph records after which a commit waits for no further deltas."""

IDLE_SECONDS = 1.0
"""How long nothing is written before the writer tidies up."""

_Order = tuple[GraphDelta, "Future[Applied]"]
_Outcome = Applied | InvalidInputError | StaleRevisionError


class Writer:
    """Applies deltas in the order in which they are handed over.

    Those that wait while a commit is under way are written together, with one commit for all, each
    as its own revision. A delta that is refused has written nothing; when the disk or the file
    fails, the group is undone and every delta of it tried alone, so that each gets its own answer.
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

    def submit(self, delta: GraphDelta) -> "Future[Applied]":
        """Hand over a delta. One that is cancelled before its turn is not written."""
        applied: Future[Applied] = Future()
        self._queue.put((delta, applied))
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
            delta, applied = order
            if applied.set_running_or_notify_cancel():
                group.append(order)
                size += delta.size
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
            outcomes = [self._outcome(delta) for delta, _ in group]
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whoever awaits the delta gets it
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            if len(group) == 1:
                self._fail(group, error)
            else:
                for order in group:
                    self._write([order])
            return
        for (_, applied), outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, Applied):
                applied.set_result(outcome)
            else:
                applied.set_exception(outcome)

    def _outcome(self, delta: GraphDelta) -> _Outcome:
        try:
            return apply_delta(self._connection, delta, instant_text(self._clock()))
        except (InvalidInputError, StaleRevisionError) as refusal:
            return refusal

    def _fail(self, group: Sequence[_Order], error: Exception) -> None:
        meant = store_error(error, self._path) if isinstance(error, sqlite3.Error) else None
        if meant is not None:
            meant.__cause__ = error
        for _, applied in group:
            applied.set_exception(meant or error)
