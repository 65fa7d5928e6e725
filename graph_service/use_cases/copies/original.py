"""Where a copy takes its log and records from: a store, read as it is while others write to it."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from graph_service.model.errors import StoreUnusableError
from graph_service.model.revision import Head
from graph_service.store.copyable import CopyableStore, Held, Stretch
from graph_service.use_cases.copies.record_spool import RecordSpool
from graph_service.use_cases.copies.store_digest import (
    StoreDigest,
    Tally,
    name_of,
    number_of,
    sort_of,
    version_of,
)

STRETCH_ENTRIES = 5_000
"""Log entries that are read and written at once; a larger revision is one stretch."""

EXAMPLES_MAX = 20
"""Things that are named at most where original and copy differ."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a original held at one moment; ``has_graph`` tells if its graph was looked at."""

    digest: StoreDigest
    has_graph: bool


class Original(Protocol):
    """Whatever has a log and records."""

    @property
    def address(self) -> str:
        """Where it is, as a person would type it."""
        ...

    async def head(self) -> Head:
        """Return where its log ends by now."""
        ...

    async def hash_of(self, revision: int) -> str | None:
        """Return the hash of a revision, if there is such a one."""
        ...

    def stretches(self, after: int) -> AsyncIterator[Stretch]:
        """Yield the log after a revision up to where it ends by now."""
        ...

    async def contents(self, spool: RecordSpool) -> Contents:
        """Put all records into a spool and say what there was at that moment."""
        ...

    async def examples(self, copy: CopyableStore, sorts: Collection[str]) -> Sequence[str]:
        """Return some of the things of these sorts that a copy does not hold alike."""
        ...


@dataclass(frozen=True, slots=True)
class StoreOriginal:
    """A store, as a original; ``with_graph`` has its graph summed up as well as its records."""

    store: CopyableStore
    with_graph: bool = True

    @property
    def address(self) -> str:
        """Where the store is."""
        return self.store.address

    async def head(self) -> Head:
        """Return where its log ends by now."""
        return await self.store.head()

    async def hash_of(self, revision: int) -> str | None:
        """Return the hash of a revision, if there is such a one."""
        found = await self.store.revisions(after=revision - 1, limit=1)
        return found[0].hash if found and found[0].number == revision else None

    async def stretches(self, after: int) -> AsyncIterator[Stretch]:
        """Yield the log after a revision up to where it ends by now."""
        end = (await self.store.head()).revision
        while after < end:
            stretch = await read_stretch(self.store, after)
            yield stretch
            after = stretch[-1][0].number

    async def contents(self, spool: RecordSpool) -> Contents:
        """Put all records into a spool and say what there was at that moment."""
        tally = Tally()

        def take(part: Head | Sequence[Held]) -> None:
            tally(part)
            spool.take(part)

        await self.store.read_out(take, records_only=not self.with_graph)
        return Contents(tally.digest, self.with_graph)

    async def examples(self, copy: CopyableStore, sorts: Collection[str]) -> Sequence[str]:
        """Return some of the things of these sorts that a copy does not hold alike."""
        end = (await copy.head()).revision
        return different(*[await _named(each, sorts, end) for each in (self.store, copy)])


async def _named(store: CopyableStore, sorts: Collection[str], end: int) -> dict[str, int]:
    """Return what a store holds of some sorts and did not change after a revision, by name."""
    found: dict[str, int] = {}

    def take(part: Head | Sequence[Held]) -> None:
        if isinstance(part, Head):
            found.clear()
            return
        for each in part:
            if sort_of(each) in sorts and version_of(each) <= end:
                found[f"{sort_of(each)}: {name_of(each)}"] = number_of(each)

    await store.read_out(take)
    return found


def different(original: Mapping[str, int], copy: Mapping[str, int]) -> list[str]:
    """Say of some things how original and copy differ."""
    found = {
        **dict.fromkeys(original.keys() - copy.keys(), "only in the original"),
        **dict.fromkeys(copy.keys() - original.keys(), "only in the copy"),
        **{
            name: "in the original it is not what the log says it is"
            for name in original.keys() & copy.keys()
            if original[name] != copy[name]
        },
    }
    said = [f"{name}: {found[name]}" for name in sorted(found)[:EXAMPLES_MAX]]
    more = len(found) - len(said)
    return [*said, f"… and {more} more"] if more else said


async def read_stretch(store: CopyableStore, after: int) -> Stretch:
    """Return the revisions that follow one, about as many as fit a stretch, at least one.

    Raises:
        StoreUnusableError: Some revisions are missing.

    """
    entries = await store.entries_after(after, STRETCH_ENTRIES)
    last = entries[-1].revision if entries else after + 1
    revisions = await store.revisions(after=after, limit=last - after)
    by_revision = {
        number: list(those) for number, those in groupby(entries, lambda each: each.revision)
    }
    found = [(each, by_revision.get(each.number, [])) for each in revisions if each.number <= last]
    if not found:
        raise StoreUnusableError(
            f"{store.address}: its log has no revision {after + 1}, though it ends later; restore "
            "it from a backup"
        )
    return found


async def up_to(stretches: AsyncIterator[Stretch], end: int) -> AsyncIterator[Stretch]:
    """Yield stretches until a revision, and nothing of what was written later."""
    async for stretch in stretches:
        kept = [each for each in stretch if each[0].number <= end]
        if kept:
            yield kept
        if len(kept) < len(stretch):
            return
