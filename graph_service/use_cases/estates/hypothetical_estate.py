"""The estate as it would be: another one, and what edits make of some of its records."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from functools import cached_property

from typing_extensions import override

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.delta import Record
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.likeness import words_like
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head, LogEntry, Revision
from graph_service.store import CIPage, CIQuery, EstateReader
from graph_service.use_cases.estates.finding_apart import (
    Split,
    asks_around,
    asks_at_any_depth,
    none_of,
)
from graph_service.use_cases.estates.finding_in_memory import (
    EVERY,
    count_in,
    page_in,
    words_of_names,
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What edits come to: every record that differs, as it would be.

    ``records`` and ``removed_records`` are those beside the graph.
    """

    cis: dict[str, CI]
    relationships: dict[str, Relationship]
    claims: dict[tuple[str, str], Claim]
    records: dict[tuple[str, str], Record]
    removed_records: frozenset[tuple[str, str]]

    @cached_property
    def claims_by_subject(self) -> dict[str, list[Claim]]:
        """The claims by what they are about."""
        found: dict[str, list[Claim]] = {}
        for each in self.claims.values():
            found.setdefault(each.subject, []).append(each)
        return found


class HypotheticalEstate(EstateReader):
    """Reads another estate with an outcome put over it. Its log is that of the other one."""

    def __init__(self, base: EstateReader, outcome: Outcome) -> None:
        self._base = base
        self._outcome = outcome

    @override
    async def head(self) -> Head:
        return await self._base.head()

    @override
    async def cis(self, ids: Collection[str]) -> dict[CIId, CI]:
        changed = {each.id: each for id_, each in self._outcome.cis.items() if id_ in {*ids}}
        return {**await self._base.cis([each for each in ids if each not in changed]), **changed}

    @override
    async def cis_by_key(self, keys: Collection[str]) -> dict[str, CI]:
        changed = {each.key: each for each in self._outcome.cis.values() if each.key in {*keys}}
        return {**await self._base.cis_by_key(keys), **changed}

    @override
    async def cis_by_name(self, name: str, limit: int = 10) -> list[CI]:
        changed = self._outcome.cis
        base = await self._base.cis_by_name(name, limit + len(changed))
        named = [
            each
            for each in changed.values()
            if each.name == name and each.presence is not Presence.RETIRED
        ]
        others = [each for each in base if each.id not in changed]
        return sorted((*others, *named), key=lambda each: each.id)[:limit]

    @override
    async def find_cis(self, query: CIQuery) -> CIPage:
        if asks_at_any_depth(query.condition):
            return await page_in(self, await self._all(), query)
        return await self._split(query).page(query)

    @override
    async def count_cis(self, query: CIQuery) -> int:
        if asks_at_any_depth(query.condition):
            return await count_in(self, await self._all(), query)
        return await self._split(query).count(query)

    def _split(self, query: CIQuery) -> Split:
        """Tell the CIs that the edits leave alone from those of which something differs."""
        apart = {*self._outcome.cis}
        if asks_around(query.condition):
            for each in self._outcome.relationships.values():
                apart |= {each.source, each.target}

        async def images() -> AsyncIterator[Collection[CI]]:
            yield (await self.cis(apart)).values()

        return Split(self, self._base, none_of(apart), images)

    async def _all(self) -> list[CI]:
        changed = self._outcome.cis
        found = await self._base.find_cis(CIQuery(include_retired=True, limit=EVERY))
        return [*(each for each in found.cis if each.id not in changed), *changed.values()]

    @override
    async def former_names(self, ids: Collection[str]) -> dict[CIId, tuple[str, ...]]:
        had = {ci_id: {*names} for ci_id, names in (await self._base.former_names(ids)).items()}
        wanted = {*ids}
        changed = {each.id: each for each in self._outcome.cis.values() if each.id in wanted}
        for before in (await self._base.cis(changed)).values():
            had.setdefault(before.id, set()).add(before.name)
        now = {
            ci_id: names - {changed[ci_id].name} if ci_id in changed else names
            for ci_id, names in had.items()
        }
        return {ci_id: tuple(sorted(names)) for ci_id, names in now.items() if names}

    @override
    async def words_like(self, word: str, limit: int = 5) -> list[str]:
        base = await self._base.words_like(word, limit)
        return words_like(word, {*base, *words_of_names(self._outcome.cis.values())}, limit)

    @override
    async def relationships(self, ids: Collection[str]) -> dict[RelationshipId, Relationship]:
        wanted = {*ids}
        changed = {
            each.id: each for id_, each in self._outcome.relationships.items() if id_ in wanted
        }
        return {**await self._base.relationships(ids), **changed}

    @override
    async def relationships_of(
        self, ci_ids: Collection[str], *, include_retired: bool = False
    ) -> list[Relationship]:
        wanted = {*ci_ids}
        base = await self._base.relationships_of(ci_ids, include_retired=include_retired)
        changed = self._outcome.relationships
        here = [
            each
            for each in changed.values()
            if (each.source in wanted or each.target in wanted)
            and (include_retired or each.presence is not Presence.RETIRED)
        ]
        others = [each for each in base if each.id not in changed]
        return sorted((*others, *here), key=lambda each: each.id)

    @override
    async def claims(self, data_source: str, native_keys: Collection[str]) -> dict[str, Claim]:
        changed = {
            key: self._outcome.claims[data_source, key]
            for key in native_keys
            if (data_source, key) in self._outcome.claims
        }
        return {**await self._base.claims(data_source, native_keys), **changed}

    @override
    async def claims_of(self, subjects: Collection[str]) -> dict[str, list[Claim]]:
        base = await self._base.claims_of(subjects)
        found: dict[str, list[Claim]] = {}
        for subject in {*subjects}:
            kept = [
                each for each in base.get(subject, ()) if _key(each) not in self._outcome.claims
            ]
            claims = [*kept, *self._outcome.claims_by_subject.get(subject, ())]
            if claims:
                found[subject] = sorted(claims, key=_key)
        return found

    @override
    async def revisions(
        self, *, after: int = 0, limit: int = 50, newest_first: bool = False
    ) -> list[Revision]:
        return await self._base.revisions(after=after, limit=limit, newest_first=newest_first)

    @override
    async def entries(self, revision: int) -> list[LogEntry]:
        return await self._base.entries(revision)

    @override
    async def history(
        self, subject: str, *, before: tuple[int, int] | None = None, limit: int = 20
    ) -> list[LogEntry]:
        return await self._base.history(subject, before=before, limit=limit)

    @override
    async def record(self, kind: str, record_id: str) -> Record | None:
        name = (kind, record_id)
        if name in self._outcome.removed_records:
            return None
        return self._outcome.records.get(name) or await self._base.record(kind, record_id)

    @override
    async def records(
        self, kind: str, *, group: str | None = None, after: str = "", limit: int = 100
    ) -> list[Record]:
        gone = {*self._outcome.records, *self._outcome.removed_records}
        base = await self._base.records(kind, group=group, after=after, limit=limit + len(gone))
        changed = [
            each
            for each in self._outcome.records.values()
            if each.kind == kind and each.id > after and group in {None, each.group}
        ]
        others = [each for each in base if (each.kind, each.id) not in gone]
        return sorted((*others, *changed), key=lambda each: each.id)[:limit]


def _key(claim: Claim) -> tuple[str, str]:
    return claim.data_source, claim.native_key
