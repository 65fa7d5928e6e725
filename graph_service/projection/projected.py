"""Snapshots of the past and of what might be: derived from the nearest one at hand, a few kept."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from typing_extensions import TypeIs

from graph_service.model.ci import CI, Presence
from graph_service.model.errors import RevisionUnknownError
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head, RecordType
from graph_service.model.vocabulary import Vocabulary
from graph_service.projection.build import built
from graph_service.projection.current import CurrentEstate
from graph_service.projection.snapshot import Snapshot
from graph_service.projection.tables import EstateTables
from graph_service.store import GraphStore

KEPT_MAX = 4
"""Snapshots kept beside the newest one. What does not differ between them is shared."""

_ENTRIES_READ = 10_000
_RECORDS_READ = 5_000
_FEW = 50
_BACKWARD_COST = 0.25
"""What an entry costs on the way back, where most are of records that were not there yet."""

_Key = tuple[int, str, str]
"""Revision, its hash, and the digest of the images put over it."""


@dataclass(frozen=True, slots=True)
class Images:
    """Records as they are in one estate, where they differ from the estate it was made from.

    ``digest`` names them.
    """

    digest: str
    cis: Sequence[CI] = ()
    relationships: Sequence[Relationship] = ()


@dataclass(frozen=True, slots=True)
class _Projected:
    """A snapshot and the tables it was built from, which nobody changes any more."""

    tables: EstateTables
    snapshot: Snapshot


class Projections:
    """Hands out snapshots of any revision, with or without images put over it.

    A revision is reached from the nearest one there are tables of (the newest, a kept one, the
    empty estate) along the entries of the log in between: the cost follows what changed.
    """

    def __init__(self, store: GraphStore, current: CurrentEstate, vocabulary: Vocabulary) -> None:
        self._store = store
        self._current = current
        self._vocabulary = vocabulary
        self._kept: OrderedDict[_Key, asyncio.Task[_Projected]] = OrderedDict()

    async def snapshot(self, head: Head, images: Images | None = None) -> Snapshot:
        """Return the estate as of a revision there is, or what images make of it.

        Raises:
            RevisionUnknownError: The log does not reach that far any more.
            StoreUnavailableError: The store does not answer.

        """
        if images is not None:
            key = (head.revision, head.hash, images.digest)
            return (await self._shared(key, lambda: self._overlaid(head, images))).snapshot
        now = await self._current.snapshot()
        return now if now.revision == head.revision else (await self._at(head)).snapshot

    async def _at(self, head: Head) -> _Projected:
        return await self._shared((head.revision, head.hash, ""), lambda: self._moved(head))

    async def _shared(
        self, key: _Key, make: Callable[[], Coroutine[Any, Any, _Projected]]
    ) -> _Projected:
        """Return what is kept under a key, or make it; whoever asks at the same time shares it."""
        making = self._kept.get(key)
        if making is None or _has_failed(making):
            # A task of its own: whoever gives up waiting does not take it from the others.
            making = self._kept[key] = asyncio.create_task(make())
        self._kept.move_to_end(key)
        for each in [*self._kept][:-KEPT_MAX]:
            if self._kept[each].done():
                del self._kept[each]
        return await asyncio.shield(making)

    async def _overlaid(self, head: Head, images: Images) -> _Projected:
        base = await self._at(head)

        def put() -> _Projected:
            tables = base.tables.copy()
            tables.put(images.cis, images.relationships)
            return self._built(tables, head)

        return await asyncio.to_thread(put)

    async def _moved(self, head: Head) -> _Projected:
        newest, snapshot = await self._current.branch()
        if newest.revision == snapshot.revision == head.revision:
            return _Projected(newest, snapshot)
        tables = await self._nearest(newest, head.revision)
        if tables.revision < head.revision:
            await self._forward(tables, head.revision)
        elif tables.revision > head.revision:
            await self._backward(tables, head.revision)
        return await asyncio.to_thread(self._built, tables, head)

    async def _nearest(self, newest: EstateTables, revision: int) -> EstateTables:
        """Return a copy of the tables from which the fewest entries lead to a revision."""
        at_hand = {0: EstateTables(), newest.revision: newest}
        for (known, hash_, digest), making in [*self._kept.items()]:
            if not digest and making.done() and not _has_failed(making):
                logged = await self._store.revisions(after=known - 1, limit=1)
                # A store may have been put back to an earlier state and gone another way since.
                if logged and logged[0].hash == hash_:
                    at_hand.setdefault(known, making.result().tables)
        wanted = await self._store.log_size(revision)
        cost: dict[int, float] = {}
        for each in at_hand:
            ahead = wanted - await self._store.log_size(each)
            cost[each] = ahead if ahead > 0 else -ahead * _BACKWARD_COST
        chosen = min(at_hand, key=lambda each: (cost[each], -each))
        return await asyncio.to_thread(at_hand[chosen].copy)

    async def _forward(self, tables: EstateTables, revision: int) -> None:
        while tables.revision < revision:
            entries = await self._store.entries_after(tables.revision, _ENTRIES_READ)
            if not entries:
                message = f"the log does not reach revision {revision} any more"
                raise RevisionUnknownError(message)
            wanted = [each for each in entries if each.revision <= revision]
            await asyncio.to_thread(tables.follow, wanted)

    async def _backward(self, tables: EstateTables, revision: int) -> None:
        """Put back what has changed since a revision: CIs first, or relationships would dangle."""
        until = tables.revision
        ids = await self._store.changed(RecordType.CI, after=revision, until=until)
        for some in _batches(ids, _RECORDS_READ):
            then = await self._store.as_of(revision, some)
            await asyncio.to_thread(tables.put, [each for each in then.values() if _is_ci(each)])
            await asyncio.to_thread(tables.take_out, [each for each in some if each not in then])
        ids = await self._store.changed(RecordType.RELATIONSHIP, after=revision, until=until)
        images: list[Relationship] = []
        later: set[str] = set()
        for some in _batches(ids, _RECORDS_READ):
            then = await self._store.as_of(revision, some)
            images += [each for each in then.values() if not _is_ci(each)]
            later.update(each for each in some if each not in then)
        if len(later) * _FEW < len(tables.relationship):
            # So few are found faster by asking than by going through all that there are.
            for some in _batches(sorted(later), _RECORDS_READ):
                found = (await self._store.relationships(some)).values()
                images += [replace(each, presence=Presence.RETIRED) for each in found]
        else:
            await asyncio.to_thread(tables.take_out_relationships, later)
        await asyncio.to_thread(tables.put, (), images)

    def _built(self, tables: EstateTables, head: Head) -> _Projected:
        tables.revision = head.revision
        snapshot = built(tables, self._vocabulary, head.at)
        # Made here, off the event loop, because every question needs them.
        snapshot.prepare_lookups()
        return _Projected(tables, snapshot)


def _has_failed(making: asyncio.Task[_Projected]) -> bool:
    return making.done() and (making.cancelled() or making.exception() is not None)


def _is_ci(record: CI | Relationship) -> TypeIs[CI]:
    return isinstance(record, CI)


def _batches(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
