"""One store into another, history included, and the proof that both hold the same.

The log is written to the copy as it was, revision by revision, and the graph follows from it. What
is beside the graph is taken at one moment at the end. A copy that was broken off is gone on with;
one that ended is brought up to date, unless somebody used it meanwhile.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph_service.model.codec import canonical, digest
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta, Record
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.instants import instant_text
from graph_service.model.place import Place
from graph_service.model.revision import Actor, ActorType, Head
from graph_service.store.chain import verify
from graph_service.store.copyable import CopyableStore, Held, Stretch
from graph_service.use_cases.log_source import Contents, LogSource, read_stretch
from graph_service.use_cases.record_spool import RecordSpool
from graph_service.use_cases.store_digest import (
    COPY,
    RECORDS,
    StoreDigest,
    digest_of,
)

Progress = Callable[[str, int, int | None], None]

ACTOR = Actor("graph-service", "Graph Service", ActorType.SYSTEM)
_OF = "of"
_UNFINISHED = "UNFINISHED"
_DONE = "DONE"
_CHASES = 5
"""How often a copy goes after what was written meanwhile, before it settles for where it is."""

_BATCH_BYTES = 4 * 1024 * 1024
"""About as much of records as is written at once."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy came to.

    ``source`` and ``target`` are what both held at the revision the copy ends on; where the source
    is a backup its graph has no digests of its own. ``faults`` are what is wrong with the copy's
    log, ``differing`` the sorts of things that are not equal, ``examples`` some of these things.
    ``source_head`` is where the source's log ends by now.
    """

    source: StoreDigest
    target: StoreDigest
    faults: Sequence[Fault]
    differing: Sequence[str]
    examples: Sequence[str]
    source_head: Head
    entry_count: int
    seconds: float

    @property
    def is_equal(self) -> bool:
        """Whether the copy is proven."""
        return not self.faults and not self.differing


async def copy_store(
    source: LogSource,
    target: CopyableStore,
    *,
    clock: Callable[[], datetime],
    progress: Progress,
) -> Copied:
    """Make a store hold what a source holds, and prove it.

    Raises:
        InvalidInputError: The target holds something else, or the source's log is damaged.
        StoreUnavailableError: Either of them; run it again to go on.

    """
    start = time.monotonic()
    await _check_target(source, target)
    await _mark(target, {"state": _UNFINISHED, "source": source.address, "at": _now(clock)})
    entry_count = await _copy_log(source, target, progress)
    with RecordSpool() as spool:
        progress("reading what the source holds", 0, None)
        contents = await source.contents(spool)
        entry_count += await _copy_log(source, target, progress, contents.digest.head.revision)
        await _copy_records(spool, target, progress)
    progress("reading what the copy holds", 0, None)
    held = await digest_of(target)
    faults = await log_faults(target, progress, until=held.head)
    differing = _differing(contents, held)
    examples = await source.examples(target, differing) if differing else ()
    if not faults and not differing:
        done = {"state": _DONE, "source": source.address, "at": _now(clock)}
        await _mark(target, done | {"revision": held.head.revision, "records": _seal(held)})
    return Copied(
        source=contents.digest,
        target=held,
        faults=faults,
        differing=differing,
        examples=examples,
        source_head=await source.head(),
        entry_count=entry_count,
        seconds=time.monotonic() - start,
    )


async def _check_target(source: LogSource, target: CopyableStore) -> None:
    """Raise unless the target is empty, or a copy of this source that nobody used."""
    head = await target.head()
    mark = await target.record(COPY, _OF)
    if mark is None:
        if head.revision or (await digest_of(target, records_only=True)).digests:
            raise _refused(target, "it holds something already", "choose a store that is empty")
        return
    if head.revision and await source.hash_of(head.revision) != head.hash:
        raise _refused(
            target,
            f"its revision {head.revision} is none of {source.address}",
            "choose a store that is empty",
        )
    if mark.data["state"] == _DONE:
        held = await digest_of(target, records_only=True)
        if held.head.revision != mark.data["revision"] or _seal(held) != mark.data["records"]:
            raise _refused(
                target,
                f"it is a copy that ended at revision {mark.data['revision']} and was used since",
                "choose a store that is empty, or go on using it",
            )


def _refused(target: CopyableStore, message: str, remedy: str) -> InvalidInputError:
    place = Place(target.address)
    return InvalidInputError(
        [Fault(code="STORE_IN_USE", message=message, place=place, remedy=remedy)]
    )


async def _mark(target: CopyableStore, data: dict[str, Any]) -> None:
    await _write(target, [Record(COPY, _OF, data)])


async def _copy_log(
    source: LogSource, target: CopyableStore, progress: Progress, until: int | None = None
) -> int:
    """Bring the target's log to a revision, or to where the source's ends; return the entries."""
    head = await target.head()
    count = 0
    for _ in range(_CHASES):
        end = until if until is not None else (await source.head()).revision
        progress("revisions copied", head.revision, end)
        if head.revision >= end:
            break
        async for stretch in _up_to(source.stretches(head.revision), end):
            head = await target.append(stretch)
            count += sum(len(entries) for _, entries in stretch)
            progress("revisions copied", head.revision, end)
    return count


async def _up_to(stretches: AsyncIterator[Stretch], end: int) -> AsyncIterator[Stretch]:
    """Yield stretches until a revision, and nothing of what was written later."""
    async for stretch in stretches:
        kept = [each for each in stretch if each[0].number <= end]
        if kept:
            yield kept
        if len(kept) < len(stretch):
            return


async def _copy_records(spool: RecordSpool, target: CopyableStore, progress: Progress) -> None:
    surplus: list[tuple[str, str]] = []

    def take(part: Head | Sequence[Held]) -> None:
        if isinstance(part, Head):
            surplus.clear()
            return
        surplus.extend(
            (each.kind, each.id)
            for each in part
            if isinstance(each, Record)
            and each.kind != COPY
            and not spool.holds(each.kind, each.id)
        )

    await target.read_out(take, records_only=True)
    for first in range(0, len(surplus), DELTA_RECORDS_MAX):
        await _write(target, removed=surplus[first : first + DELTA_RECORDS_MAX])
    waiting: list[Record] = []
    size = written = 0
    for record in spool.records():
        waiting.append(record)
        size += len(canonical(record.data))
        if size >= _BATCH_BYTES or len(waiting) >= DELTA_RECORDS_MAX:
            await _write(target, waiting)
            written += len(waiting)
            waiting, size = [], 0
            progress("records copied", written, spool.count)
    await _write(target, waiting)
    progress("records copied", spool.count, spool.count)


async def _write(
    target: CopyableStore, records: Sequence[Record] = (), removed: Sequence[tuple[str, str]] = ()
) -> None:
    await target.apply(
        GraphDelta(
            based_on=(await target.head()).revision,
            actor=ACTOR,
            records=tuple(records),
            removed_records=tuple(removed),
        )
    )


async def log_faults(store: CopyableStore, progress: Progress, *, until: Head) -> list[Fault]:
    """Read a log again, up to a head, and return what is wrong with it."""
    after = Head()
    faults: list[Fault] = []
    while after.revision < until.revision:
        found = await read_stretch(store, after.revision)
        stretch = [each for each in found if each[0].number <= until.revision]
        faults += verify(stretch, after=after)
        newest = stretch[-1][0]
        after = Head(newest.number, newest.at, newest.hash)
        progress("revisions verified", after.revision, until.revision)
    return faults + verify([], after=after, until=until)


def _differing(contents: Contents, held: StoreDigest) -> list[str]:
    """Return the sorts of things of which source and copy do not hold the same."""
    source = contents.digest
    sorts = sorted(source.digests.keys() | held.digests.keys())
    if not contents.has_graph:
        sorts = [each for each in sorts if each.startswith(RECORDS)]
    found = [each for each in sorts if source.digests.get(each) != held.digests.get(each)]
    return found if source.head == held.head else ["head", *found]


def _seal(held: StoreDigest) -> str:
    """Return one digest of all records beside the graph."""
    return digest(
        {sort: each.text for sort, each in held.digests.items() if sort.startswith(RECORDS)}
    )


def _now(clock: Callable[[], datetime]) -> str:
    return instant_text(clock())
