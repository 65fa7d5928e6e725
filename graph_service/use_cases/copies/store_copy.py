"""One store into another, history included, and the proof that both hold the same.

The log is written to the copy as it was, revision by revision, and the graph follows from it. What
is beside the graph is taken at one moment at the end. A copy that was broken off is gone on with;
one that ended is brought up to date, unless somebody used it meanwhile.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph_service.model.codec import canonical, digest
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta, Record
from graph_service.model.errors import Fault, InvalidInputError, StoreUnusableError
from graph_service.model.instants import instant_text
from graph_service.model.place import Place
from graph_service.model.revision import Actor, ActorType, Head
from graph_service.store import GraphStore
from graph_service.store.chain import verify
from graph_service.store.copyable import CopyableStore, Held
from graph_service.use_cases.copies.original import Contents, Original, read_stretch, up_to
from graph_service.use_cases.copies.record_spool import RecordSpool
from graph_service.use_cases.copies.store_digest import (
    COPY,
    RECORDS,
    StoreDigest,
    digest_of,
)

Progress = Callable[[str, int, int | None], None]

ACTOR = Actor("graph-service", "Graph Service", ActorType.SYSTEM)
_OF = "of"
_UNFINISHED = "UNFINISHED"
_UNPROVEN = "UNPROVEN"
"""All was copied, and the original turned out not to be what its log says."""

_DONE = "DONE"
_CHASES = 5
"""How often a copy goes after what was written meanwhile, before it settles for where it is."""

_BATCH_BYTES = 4 * 1024 * 1024
"""About as much of records as is written at once."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy came to.

    ``original`` and ``copy`` are what both held at the revision the copy ends on; the graph of a
    backup has no digests of its own. ``faults`` are what is wrong with the copy's log,
    ``differing`` the sorts of things that are not equal, ``examples`` some of these things.
    ``original_head`` is where the original's log ends by now.
    """

    original: StoreDigest
    copy: StoreDigest
    faults: Sequence[Fault]
    differing: Sequence[str]
    examples: Sequence[str]
    original_head: Head
    entry_count: int
    seconds: float

    @property
    def is_equal(self) -> bool:
        """Whether the copy is proven."""
        return not self.faults and not self.differing


async def copy_store(
    original: Original,
    copy: CopyableStore,
    *,
    clock: Callable[[], datetime],
    progress: Progress,
) -> Copied:
    """Make a store hold what a original holds, and prove it.

    Raises:
        InvalidInputError: The copy holds something else, or the original's log is damaged.
        StoreUnavailableError: Either of them; run it again to go on.

    """
    start = time.monotonic()
    await _check_copy(original, copy)
    await _mark(copy, {"state": _UNFINISHED, "original": original.address, "at": _now(clock)})
    entry_count = await _copy_log(original, copy, progress)
    with RecordSpool() as spool:
        progress("reading what the original holds", 0, None)
        contents = await original.contents(spool)
        entry_count += await _copy_log(original, copy, progress, contents.digest.head.revision)
        await _copy_records(spool, copy, progress)
    progress("reading what the copy holds", 0, None)
    held = await digest_of(copy)
    faults = await log_faults(copy, progress, until=held.head)
    differing = _differing(contents, held)
    examples = await original.examples(copy, differing) if differing else ()
    done = {
        "state": _UNPROVEN if faults or differing else _DONE,
        "original": original.address,
        "at": _now(clock),
        "revision": held.head.revision,
        "records": _seal(held),
    }
    await _mark(copy, done)
    return Copied(
        original=contents.digest,
        copy=held,
        faults=faults,
        differing=differing,
        examples=examples,
        original_head=await original.head(),
        entry_count=entry_count,
        seconds=time.monotonic() - start,
    )


async def check_finished(store: GraphStore) -> None:
    """Raise where a copy was broken off: what is there is part of an estate and looks like one.

    Raises:
        StoreUnusableError: It was.

    """
    mark = await store.record(COPY, _OF)
    if mark is not None and mark.data["state"] == _UNFINISHED:
        raise StoreUnusableError(
            f"{store.address}: it is an unfinished copy of {mark.data['original']} and holds part "
            "of it; run migrate-store or restore again to go on with it"
        )


async def _check_copy(original: Original, copy: CopyableStore) -> None:
    """Raise unless the copy is empty, or a copy of this original that nobody used."""
    head = await copy.head()
    mark = await copy.record(COPY, _OF)
    if mark is None:
        if head.revision or (await digest_of(copy, records_only=True)).digests:
            raise _refused(copy, "it holds something already", "choose a store that is empty")
        return
    if head.revision and await original.hash_of(head.revision) != head.hash:
        raise _refused(
            copy,
            f"its revision {head.revision} is none of {original.address}",
            "choose a store that is empty",
        )
    if mark.data["state"] != _UNFINISHED:
        held = await digest_of(copy, records_only=True)
        if held.head.revision != mark.data["revision"] or _seal(held) != mark.data["records"]:
            raise _refused(
                copy,
                f"it is a copy that ended at revision {mark.data['revision']} and was used since",
                "choose a store that is empty, or go on using it",
            )


def _refused(copy: CopyableStore, message: str, remedy: str) -> InvalidInputError:
    place = Place(copy.address)
    return InvalidInputError(
        [Fault(code="STORE_IN_USE", message=message, place=place, remedy=remedy)]
    )


async def _mark(copy: CopyableStore, data: dict[str, Any]) -> None:
    await _write(copy, [Record(COPY, _OF, data)])


async def _copy_log(
    original: Original, copy: CopyableStore, progress: Progress, until: int | None = None
) -> int:
    """Bring the copy's log to a revision, or to where the original's ends; return the entries."""
    head = await copy.head()
    count = 0
    for _ in range(_CHASES):
        end = until if until is not None else (await original.head()).revision
        progress("revisions copied", head.revision, end)
        if head.revision >= end:
            break
        async for stretch in up_to(original.stretches(head.revision), end):
            head = await copy.append(stretch)
            count += sum(len(entries) for _, entries in stretch)
            progress("revisions copied", head.revision, end)
    return count


async def _copy_records(spool: RecordSpool, copy: CopyableStore, progress: Progress) -> None:
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

    await copy.read_out(take, records_only=True)
    for first in range(0, len(surplus), DELTA_RECORDS_MAX):
        await _write(copy, removed=surplus[first : first + DELTA_RECORDS_MAX])
    waiting: list[Record] = []
    size = written = 0
    for record in spool.records():
        waiting.append(record)
        size += len(canonical(record.data))
        if size >= _BATCH_BYTES or len(waiting) >= DELTA_RECORDS_MAX:
            await _write(copy, waiting)
            written += len(waiting)
            waiting, size = [], 0
            progress("records copied", written, spool.count)
    await _write(copy, waiting)
    progress("records copied", spool.count, spool.count)


async def _write(
    copy: CopyableStore, records: Sequence[Record] = (), removed: Sequence[tuple[str, str]] = ()
) -> None:
    await copy.apply(
        GraphDelta(
            based_on=(await copy.head()).revision,
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
    """Return the sorts of things of which original and copy do not hold the same."""
    original = contents.digest
    sorts = sorted(original.digests.keys() | held.digests.keys())
    if not contents.has_graph:
        sorts = [each for each in sorts if each.startswith(RECORDS)]
    found = [each for each in sorts if original.digests.get(each) != held.digests.get(each)]
    return found if original.head == held.head else ["head", *found]


def _seal(held: StoreDigest) -> str:
    """Return one digest of all records beside the graph."""
    return digest(
        {sort: each.text for sort, each in held.digests.items() if sort.startswith(RECORDS)}
    )


def _now(clock: Callable[[], datetime]) -> str:
    return instant_text(clock())
