"""The estate as it was at a revision, read from a store that has moved on since."""

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
)
from typing import Any, TypeVar

from typing_extensions import override

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.codec import claim_from_data
from graph_service.model.condition import Attribute, ChangedSince, Not, OneOf, both
from graph_service.model.delta import Record
from graph_service.model.errors import StoreUnavailableError
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head, LogEntry, RecordType, Revision
from graph_service.store import CIPage, CIQuery, EstateReader, GraphStore
from graph_service.use_cases.estates.finding_apart import (
    Split,
    asks_around,
    asks_at_any_depth,
    none_of,
)
from graph_service.use_cases.estates.finding_in_memory import count_in, page_in

_ASKED_MAX = 5_000
"""Records that one question to the store is about."""

_ATTEMPTS_MAX = 20
_WORDS_ASKED = 8
_EARLY = 4
_NEWEST = 2**62
IMAGES_KEPT_MAX = 20_000
"""CIs of one estate that are kept in memory."""

_Answer = TypeVar("_Answer")
_Key = tuple[str, str]
"""Data source and native key of a claim."""


class PastEstate(EstateReader):
    """What was true at a revision stays true: no write disturbs an answer from here.

    A record that nothing has changed since is as it is now, and its revision tells that; only the
    others are looked up in the log. So what is asked costs what it costs of now, and what changed.
    """

    def __init__(self, store: GraphStore, head: Head) -> None:
        self._store = store
        self._head = head
        self._is_early: bool | None = None
        self._whole: list[CI] | None = None
        self._changed: set[str] = set()
        self._until = head.revision
        self._learning = asyncio.Lock()

    @override
    async def head(self) -> Head:
        return self._head

    @override
    async def cis(self, ids: Collection[str]) -> dict[CIId, CI]:
        return {
            each.id: each for each in await self._cis_then((await self._store.cis(ids)).values())
        }

    @override
    async def cis_by_key(self, keys: Collection[str]) -> dict[str, CI]:
        # A CI has its key for good.
        now = await self._store.cis_by_key(keys)
        return {each.key: each for each in await self._cis_then(now.values())}

    @override
    async def cis_by_name(self, name: str, limit: int = 10) -> list[CI]:
        named = CIQuery(where=Attribute("name", OneOf((name,))), limit=limit)
        return [*(await self.find_cis(named)).cis]

    @override
    async def find_cis(self, query: CIQuery) -> CIPage:
        async def split() -> CIPage:
            return await (await self._split(query)).page(query)

        if await self._is_better_read_whole(query):
            return await page_in(self, await self._all(), query)
        return await self._undisturbed(split, query)

    @override
    async def count_cis(self, query: CIQuery) -> int:
        async def split() -> int:
            return await (await self._split(query)).count(query)

        if await self._is_better_read_whole(query):
            return await count_in(self, await self._all(), query)
        return await self._undisturbed(split, query)

    @override
    async def former_names(self, ids: Collection[str]) -> dict[CIId, tuple[str, ...]]:
        renamed = await self._store.former_names(ids)
        names = {each.id: each.name for each in (await self.cis(renamed)).values()}
        had: dict[CIId, set[str]] = {}
        for some in _batches([*renamed]):
            for entry in await self._store.entries_of(some, after=0):
                name = entry.before.get("name")
                if entry.revision <= self._head.revision and isinstance(name, str):
                    had.setdefault(CIId(entry.record_id), set()).add(name)
        return {
            ci_id: tuple(sorted(before - {names[ci_id]}))
            for ci_id, before in had.items()
            if ci_id in names and before - {names[ci_id]}
        }

    @override
    async def words_like(self, word: str, limit: int = 5) -> list[str]:
        found: list[str] = []
        for each in await self._store.words_like(word, limit * _WORDS_ASKED):
            # Some are words of what was not there yet.
            if len(found) < limit and await self.count_cis(
                CIQuery(text=each, include_retired=True)
            ):
                found.append(each)
        return found

    async def _is_better_read_whole(self, query: CIQuery) -> bool:
        """Whether reading all CIs there were takes less than telling which have changed since."""
        if self._is_early is None:
            then = await self._store.log_size(self._head.revision)
            now = await self._store.log_size(_NEWEST)
            self._is_early = then * _EARLY < now
        return self._is_early or asks_at_any_depth(query.condition)

    async def _all(self) -> list[CI]:
        if self._whole is not None:
            return self._whole
        ids = await self._store.changed(RecordType.CI, after=0, until=self._head.revision)
        found = [ci for some in _batches(ids) for ci in (await self.cis(some)).values()]
        if len(found) <= IMAGES_KEPT_MAX:
            self._whole = found
        return found

    async def _split(self, query: CIQuery) -> Split:
        """Tell the CIs that are as they are now from those of which something has changed."""
        last = self._head.revision
        around = await self._ends() if asks_around(query.condition) else set()
        apart = sorted(self._changed | around)

        async def images() -> AsyncIterator[Collection[CI]]:
            for some in _batches(apart):
                yield (await self.cis(some)).values()

        unchanged = both(Not(ChangedSince(last)), none_of(around))
        return Split(self, self._store, unchanged, images)

    async def _undisturbed(self, ask: Callable[[], Awaitable[_Answer]], query: CIQuery) -> _Answer:
        """Ask until nothing of this estate was changed for the first time meanwhile."""
        known = await self._catch_up()
        for _ in range(_ATTEMPTS_MAX):
            seen = self._until
            answer = await ask()
            before, known = known, await self._catch_up()
            if self._until == seen or (known == before and not asks_around(query.condition)):
                return answer
        raise StoreUnavailableError(
            f"revision {self._head.revision} cannot be read while it is written over; try again"
        )

    async def _catch_up(self) -> int:
        """Learn which CIs of this estate have changed since; return how many there are."""
        async with self._learning:
            after, until = self._until, (await self._store.head()).revision
            if until > after:
                ids = await self._store.changed(RecordType.CI, after=after, until=until)
                for some in _batches([each for each in ids if each not in self._changed]):
                    self._changed |= (await self._store.as_of(self._head.revision, some)).keys()
                self._until = until
            return len(self._changed)

    async def _ends(self) -> set[str]:
        """Return the ends of all relationships that have changed since."""
        found: set[str] = set()
        until = (await self._store.head()).revision
        ids = await self._store.changed(
            RecordType.RELATIONSHIP, after=self._head.revision, until=until
        )
        for some in _batches(ids):
            for each in (await self._store.relationships(some)).values():
                found |= {each.source, each.target}
        return found

    @override
    async def relationships(self, ids: Collection[str]) -> dict[RelationshipId, Relationship]:
        now = await self._store.relationships(ids)
        return {each.id: each for each in await self._relationships_then(now.values())}

    @override
    async def relationships_of(
        self, ci_ids: Collection[str], *, include_retired: bool = False
    ) -> list[Relationship]:
        # What is retired now may not have been then; ends never change.
        now = await self._store.relationships_of(ci_ids, include_retired=True)
        then = await self._relationships_then(now)
        return sorted(
            (each for each in then if include_retired or each.presence is not Presence.RETIRED),
            key=lambda each: each.id,
        )

    @override
    async def claims(self, data_source: str, native_keys: Collection[str]) -> dict[str, Claim]:
        now = await self._store.claims(data_source, native_keys)
        subjects = {each.subject for each in now.values()}
        touched = {
            (change["before"] or change["after"])["nativeKey"]
            for entry in await self._later_entries(subjects)
            for change in entry.claims
            if (change["before"] or change["after"])["dataSource"] == data_source
        }
        found: dict[str, Claim] = {}
        for native_key, claim in now.items():
            then = await self._claim_then(claim) if native_key in touched else claim
            if then is not None:
                found[native_key] = then
        return found

    @override
    async def claims_of(self, subjects: Collection[str]) -> dict[str, list[Claim]]:
        found = {
            subject: {_key(each): each for each in claims}
            for subject, claims in (await self._store.claims_of(subjects)).items()
        }
        for entry in reversed(await self._later_entries(subjects)):
            claims = found.setdefault(entry.record_id, {})
            for change in entry.claims:
                _take_back(change, claims)
        return {
            subject: [claim for _, claim in sorted(claims.items())]
            for subject, claims in found.items()
            if claims
        }

    @override
    async def revisions(
        self, *, after: int = 0, limit: int = 50, newest_first: bool = False
    ) -> list[Revision]:
        last = self._head.revision
        if newest_first:
            bound = min(after, last + 1) if after else last + 1
            return await self._store.revisions(after=bound, limit=limit, newest_first=True)
        found = await self._store.revisions(after=after, limit=limit)
        return [each for each in found if each.number <= last]

    @override
    async def entries(self, revision: int) -> list[LogEntry]:
        return await self._store.entries(revision) if revision <= self._head.revision else []

    @override
    async def history(
        self, subject: str, *, before: tuple[int, int] | None = None, limit: int = 20
    ) -> list[LogEntry]:
        end = (self._head.revision + 1, 0)
        bound = end if before is None else min(before, end)
        return await self._store.history(subject, before=bound, limit=limit)

    @override
    async def record(self, kind: str, record_id: str) -> Record | None:
        return await self._store.record(kind, record_id)

    @override
    async def records(
        self, kind: str, *, group: str | None = None, after: str = "", limit: int = 100
    ) -> list[Record]:
        return await self._store.records(kind, group=group, after=after, limit=limit)

    async def _cis_then(self, now: Iterable[CI]) -> list[CI]:
        return [each for each in await self._then([*now]) if isinstance(each, CI)]

    async def _relationships_then(self, now: Iterable[Relationship]) -> list[Relationship]:
        return [each for each in await self._then([*now]) if isinstance(each, Relationship)]

    async def _then(
        self, now: Collection[CI] | Collection[Relationship]
    ) -> list[CI | Relationship]:
        """Return those of some records that there were, as they were."""
        last = self._head.revision
        changed = [str(each.id) for each in now if each.revision > last]
        found: list[CI | Relationship] = [each for each in now if each.revision <= last]
        for some in _batches(changed):
            found += (await self._store.as_of(last, some)).values()
        return found

    async def _later_entries(self, subjects: Collection[str]) -> list[LogEntry]:
        found: list[LogEntry] = []
        for some in _batches(sorted({*subjects})):
            found += await self._store.entries_of(some, after=self._head.revision)
        return found

    async def _claim_then(self, claim: Claim) -> Claim | None:
        """Return a claim as it stood, wherever its native key was bound then."""
        known, bound = claim, None
        while True:
            begun = None
            for entry in reversed(await self._later_entries([known.subject])):
                change = next((each for each in entry.claims if _names(each) == _key(claim)), None)
                if change is None or (bound is not None and entry.revision >= bound):
                    continue
                if change["before"] is None:
                    begun = entry.revision
                    break
                known = claim_from_data(change["before"])
            if begun is None:
                return known
            # It came to this record then: from another one, or from nowhere.
            left = [
                each["before"]
                for entry in await self._store.entries(begun)
                for each in entry.claims
                if _names(each) == _key(claim) and each["before"] is not None
            ]
            if not left:
                return None
            known, bound = claim_from_data(left[0]), begun


def _key(claim: Claim) -> _Key:
    return claim.data_source, claim.native_key


def _names(change: Mapping[str, Any]) -> _Key:
    image = change["before"] or change["after"]
    return image["dataSource"], image["nativeKey"]


def _take_back(change: Mapping[str, Any], claims: dict[_Key, Claim]) -> None:
    if change["before"] is None:
        claims.pop(_names(change), None)
    else:
        claims[_names(change)] = claim_from_data(change["before"])


def _batches(ids: Collection[str]) -> Iterator[list[str]]:
    ordered = [*ids]
    return (ordered[start : start + _ASKED_MAX] for start in range(0, len(ordered), _ASKED_MAX))
