"""The log: who did what, when and why; and the proof that nobody touched it since."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from graph_service.model.errors import (
    Fault,
    InvalidInputError,
    NotFoundError,
    RevisionUnknownError,
    StoreUnusableError,
)
from graph_service.model.place import Place
from graph_service.model.revision import Head, LogEntry, Revision
from graph_service.store import GraphStore, LogQuery
from graph_service.store.chain import verify
from graph_service.store.log_query import SUBJECTS_MAX
from graph_service.use_cases.intake.import_run import RUN
from graph_service.use_cases.inventory.references import CIRef, resolve

Progress = Callable[[str, int, int | None], None]
"""Told (phase, done, total)."""

_ENTRIES_AT_ONCE = 5_000
_REVISIONS_AT_ONCE = 500
_LATELY_REVISIONS = 1_000
FAULTS_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCheck:
    """What came of checking a stretch of the log, both ends included.

    ``faults`` has what is wrong, in order, at most ``FAULTS_SHOWN_MAX`` of it. ``hash`` is that of
    the last revision checked: kept elsewhere, it shows later that nothing before was altered.
    """

    first: int
    last: int
    entry_count: int
    faults: Sequence[Fault]
    first_broken: int | None
    hash: str

    @property
    def is_intact(self) -> bool:
        """Whether nothing is wrong."""
        return self.first_broken is None


class LogReading:
    """Reads the log, by whatever a query asks."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store

    async def about(self, query: LogQuery, cis: Sequence[CIRef]) -> LogQuery:
        """Return a query narrowed to what concerns these CIs; and check what it names.

        Raises:
            CINotFoundError: Nothing answers to a reference.
            AmbiguousReferenceError: A reference is the name of several CIs.
            NotFoundError: There is no such run.
            InvalidInputError: More records are named than one query may.

        """
        subjects = query.subjects.union([(await resolve(self._store, each)).id for each in cis])
        if len(subjects) > SUBJECTS_MAX:
            message = f"the log of {len(subjects):,} records at once"
            raise InvalidInputError(
                [
                    Fault(
                        code="OUT_OF_RANGE",
                        message=message,
                        place=Place("filter", "records"),
                        remedy=f"name at most {SUBJECTS_MAX}",
                    )
                ]
            )
        if query.run and await self._store.record(RUN, query.run) is None:
            raise NotFoundError("run", query.run)
        return replace(query, subjects=subjects)

    async def is_name(self, name: str) -> bool:
        """Whether any entry ever changed a field or attribute of this name."""
        return bool(await self._store.log(LogQuery(names=frozenset({name})), limit=1))

    async def is_actor(self, actor: str) -> bool:
        """Whether anybody of this id or exact name ever wrote anything."""
        return bool(await self._store.revisions(query=LogQuery(actors=frozenset({actor})), limit=1))

    async def newest_actors(self) -> set[str]:
        """Return the names of those who wrote lately."""
        newest = await self._store.revisions(
            query=LogQuery(), limit=_LATELY_REVISIONS, newest_first=True
        )
        return {each.actor.name for each in newest}

    async def entries(
        self,
        query: LogQuery,
        *,
        after: tuple[int, int] | None = None,
        limit: int = 50,
        newest_first: bool = True,
    ) -> list[LogEntry]:
        """Return entries that meet a query, those after a (revision, sequence)."""
        return await self._store.log(query, after=after, limit=limit, newest_first=newest_first)

    async def entry_count(self, query: LogQuery) -> int:
        """Return how many entries meet a query."""
        return await self._store.log_count(query)

    async def revisions(
        self, query: LogQuery, *, after: int = 0, limit: int = 50, newest_first: bool = True
    ) -> list[Revision]:
        """Return revisions of which an entry meets a query; ``after`` 0 is no bound."""
        return await self._store.revisions(
            query=query, after=after, limit=limit, newest_first=newest_first
        )

    async def revision_count(self, query: LogQuery) -> int:
        """Return how many revisions have an entry that meets a query."""
        return await self._store.revision_count(query)

    async def check(
        self, first: int = 1, last: int | None = None, *, progress: Progress | None = None
    ) -> ChainCheck:
        """Check that a stretch of the log is whole and what its hashes seal.

        Raises:
            RevisionUnknownError: There is no such stretch.

        """
        head = await self._store.head()
        until = head.revision if last is None else last
        if not 0 <= until <= head.revision or not (1 <= first <= until or until == 0):
            raise RevisionUnknownError(
                f"there is no stretch of revisions {first} to {until}; "
                f"the newest is {head.revision}"
            )
        end = Head(head.revision, head.at, head.hash) if until == head.revision else None
        faults, at, count = await self._checked(first, until, end, progress or _unheard)
        return ChainCheck(
            first=first,
            last=until,
            entry_count=count,
            faults=faults[:FAULTS_SHOWN_MAX],
            first_broken=_number_of(faults[0]) if faults else None,
            hash=at.hash,
        )

    async def _checked(
        self, first: int, until: int, end: Head | None, report: Progress
    ) -> tuple[list[Fault], Head, int]:
        at = await self._head_before(first)
        faults: list[Fault] = []
        count = 0
        while at.revision < until:
            limit = min(_REVISIONS_AT_ONCE, until - at.revision)
            headers = await self._store.revisions(after=at.revision, limit=limit)
            for some in _by_size(headers):
                found, damaged = await self._with_entries(some)
                faults += damaged or await asyncio.to_thread(verify, found, after=at)
                at = Head(some[-1].number, some[-1].at, some[-1].hash)
                count += sum(len(entries) for _, entries in found)
                report("checking", at.revision - first + 1, until - first + 1)
            if not headers:
                break
        if end is not None and not faults:
            faults += verify([], after=at, until=end)
        return faults, at, count

    async def _with_entries(
        self, headers: Sequence[Revision]
    ) -> tuple[list[tuple[Revision, list[LogEntry]]], list[Fault]]:
        """Return revisions with their entries, or which of them cannot even be read."""
        stretch = LogQuery(first=headers[0].number, last=headers[-1].number)
        # One more than there should be: what was added is found out as well.
        limit = sum(each.entry_count for each in headers) + 1
        try:
            entries = await self._store.log(stretch, limit=limit)
        except StoreUnusableError as error:
            if len(headers) > 1:
                return await self._one_by_one(headers)
            place = Place("log", f"revision {headers[0].number}")
            return [], [Fault(code="PAYLOAD_ALTERED", message=str(error), place=place)]
        by_revision: dict[int, list[LogEntry]] = {each.number: [] for each in headers}
        for entry in entries:
            by_revision[entry.revision].append(entry)
        return [(each, by_revision[each.number]) for each in headers], []

    async def _one_by_one(
        self, headers: Sequence[Revision]
    ) -> tuple[list[tuple[Revision, list[LogEntry]]], list[Fault]]:
        found, faults = [], []
        for each in headers:
            some, damaged = await self._with_entries([each])
            found += some
            faults += damaged
        return found, faults

    async def _head_before(self, first: int) -> Head:
        if first <= 1:
            return Head()
        found = await self._store.revisions(after=first - 2, limit=1)
        return Head(found[0].number, found[0].at, found[0].hash) if found else Head()


def _by_size(headers: Sequence[Revision]) -> list[list[Revision]]:
    parts: list[list[Revision]] = []
    total = _ENTRIES_AT_ONCE
    for each in headers:
        if total + each.entry_count > _ENTRIES_AT_ONCE:
            parts.append([])
            total = 0
        parts[-1].append(each)
        total += each.entry_count
    return parts


def _number_of(fault: Fault) -> int:
    return int(fault.place.path.removeprefix("revision "))


def _unheard(phase: str, done: int, total: int | None) -> None:
    """Progress to nobody."""
