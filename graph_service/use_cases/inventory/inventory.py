"""What is this, who says so, what stands beside it, what happened to it: reading the estate."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.condition import EVERYTHING, Condition
from graph_service.model.errors import RevisionUnknownError
from graph_service.model.impact_state import Strength
from graph_service.model.place import Place
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head, LogEntry, Revision
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile import claims_by_attribute
from graph_service.reconcile.deferred import UNRESOLVED, unresolved_reference
from graph_service.reconcile.import_plan import UnresolvedReference
from graph_service.reconcile.merging import absorbed_by
from graph_service.reconcile.terms import StatedTerms, terms_of
from graph_service.store import CIPage, CIQuery, EstateReader
from graph_service.use_cases.finding.owned_cis import Owning
from graph_service.use_cases.finding.search import SearchAnswer, search
from graph_service.use_cases.finding.settling import settled
from graph_service.use_cases.inventory.references import CIRef, keys_like, resolve

__all__ = ["AttributeValue", "Inventory", "Neighbour", "StatedTerms", "terms_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeValue:
    """One attribute of one CI and who says so.

    ``winner`` is the claim that the value comes from, ``None`` where no claim explains it.
    ``alternatives`` are the live claims of other data sources about it, best rank first.
    """

    name: str
    value: Any
    winner: Claim | None
    alternatives: tuple[Claim, ...] = ()

    @property
    def conflicting(self) -> bool:
        """Whether data sources disagree."""
        return any(
            each.content["attributes"].get(self.name) != self.value for each in self.alternatives
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A relationship as read from one of its ends: ``verb`` leads from this CI to ``other``.

    ``strength`` is its own, or the default of its type.
    """

    verb: str
    other: CI
    relationship: Relationship
    strength: Strength


class Inventory:
    """Reads CIs, relationships, claims and the log of one estate."""

    def __init__(
        self, store: EstateReader, vocabulary: Vocabulary, *, owning: Owning | None = None
    ) -> None:
        self._store = store
        self._owning = owning
        self._vocabulary = vocabulary

    async def head(self) -> Head:
        """Return the newest revision."""
        return await self._store.head()

    async def ci(self, ref: CIRef) -> CI:
        """Return the CI that a reference means.

        Raises:
            CINotFoundError: Nothing answers to it.
            AmbiguousReferenceError: Several do.

        """
        return await resolve(self._store, ref)

    async def keys_like(self, text: str) -> list[str]:
        """Return keys of living CIs that a misspelt name may have meant, nearest first."""
        return await keys_like(self._store, text)

    async def cis_by_id(self, ids: Collection[str]) -> Mapping[str, CI]:
        """Return those of these CIs that exist."""
        return {str(each.id): each for each in (await self._store.cis(ids)).values()}

    async def settled(
        self, condition: Condition, *, viewer: str = "", place: Place | None = None
    ) -> Condition:
        """Return a condition in ids, exact names and typed values, as this estate has them.

        ``viewer`` is the id of the actor who asks, for saved queries of one's own.

        Raises:
            InvalidInputError: Listing every name and value that means nothing.

        """
        return await settled(
            self._store,
            self._vocabulary,
            condition,
            viewer=viewer,
            place=place,
            owning=self._owning,
        )

    async def cis(self, query: CIQuery) -> CIPage:
        """Return one page; a class in the query stands for its specialisations as well.

        Raises:
            InvalidInputError: The query names what there is not.

        """
        return await self._store.find_cis(await self._settled(query))

    async def count(self, query: CIQuery) -> int:
        """Return how many CIs all pages of a query have together.

        Raises:
            InvalidInputError: The query names what there is not.

        """
        return await self._store.count_cis(await self._settled(query))

    async def search(self, text: str, where: Condition = EVERYTHING) -> SearchAnswer:
        """Look for words among the CIs that meet a condition; what fits best comes first.

        Raises:
            InvalidInputError: The condition names what there is not.

        """
        return await search(self._store, text, await self.settled(where))

    async def _settled(self, query: CIQuery) -> CIQuery:
        classes = frozenset(
            special for name in query.classes for special in self._vocabulary.specialisations(name)
        )
        return replace(query, classes=classes, where=await self.settled(query.where))

    async def unresolved(
        self, data_source: str | None = None, after: str = "", limit: int = 100
    ) -> list[UnresolvedReference]:
        """Return references that nothing answers, by id, those after the given one."""
        found = await self._store.records(UNRESOLVED, group=data_source, after=after, limit=limit)
        return [unresolved_reference(each) for each in found]

    async def attributes(self, cis: Sequence[CI]) -> Mapping[str, tuple[AttributeValue, ...]]:
        """Return every CI's attributes with their provenance, by CI id and in order of name."""
        claims = await self._store.claims_of([each.id for each in cis])
        answer: dict[str, tuple[AttributeValue, ...]] = {}
        for ci in cis:
            order = partial(self._vocabulary.source_order, ci.class_name)
            ranked = claims_by_attribute(claims.get(ci.id, []), order)
            answer[ci.id] = tuple(
                AttributeValue(
                    name=name,
                    value=value,
                    winner=next(iter(ranked.get(name, ())), None),
                    alternatives=tuple(ranked.get(name, ())[1:]),
                )
                for name, value in sorted(ci.attributes.items())
            )
        return answer

    async def neighbours(
        self, ci: CI, *, include_retired: bool = False
    ) -> tuple[list[Neighbour], list[Neighbour]]:
        """Return what a CI stands in relation to: where it is the source, and where the target."""
        found = await self._store.relationships_of([ci.id], include_retired=include_retired)
        ends = {each.target if each.source == ci.id else each.source for each in found}
        others = await self._store.cis(ends)
        outwards: list[Neighbour] = []
        inwards: list[Neighbour] = []
        for each in found:
            row = self._vocabulary.relationship_types.get(each.type)
            is_source = each.source == ci.id
            verb = (row.verb if is_source else row.inverse_verb) if row else each.type
            other = others[each.target if is_source else each.source]
            default = row.strength if row else Strength.NONE
            (outwards if is_source else inwards).append(
                Neighbour(
                    verb=verb,
                    other=other,
                    relationship=each,
                    strength=Strength(each.attributes.get("strength", default)),
                )
            )
        return _in_order(outwards), _in_order(inwards)

    async def relationships_of(
        self, ids: Collection[str], *, include_retired: bool = False
    ) -> list[Relationship]:
        """Return all relationships of these CIs."""
        return await self._store.relationships_of(ids, include_retired=include_retired)

    async def history(
        self, subject: str, *, before: tuple[int, int] | None = None, limit: int = 20
    ) -> list[LogEntry]:
        """Return what happened to a CI and its relationships, newest first.

        What happened to CIs that were merged into it is part of that. ``before`` is the (revision,
        sequence) of the last entry of the previous page.
        """
        found = await self._store.history(subject, before=before, limit=limit)
        for each in await self._absorbed_ids(subject):
            found += await self._store.history(each, before=before, limit=limit)
        entries = {(each.revision, each.sequence): each for each in found}
        return [entry for _, entry in sorted(entries.items(), reverse=True)[:limit]]

    async def absorbed(self, ci_id: str) -> list[CI]:
        """Return the CIs that were merged into one, by key."""
        found = (await self._store.cis(await self._absorbed_ids(ci_id))).values()
        return sorted(found, key=lambda each: each.key)

    async def _absorbed_ids(self, ci_id: str) -> list[str]:
        return absorbed_by((await self._store.claims_of([ci_id])).get(ci_id, ()))

    async def revisions(
        self, *, after: int = 0, limit: int = 50, newest_first: bool = False
    ) -> list[Revision]:
        """Return revisions above ``after`` (below it when newest first; 0 is no bound)."""
        return await self._store.revisions(after=after, limit=limit, newest_first=newest_first)

    async def revision(self, number: int) -> Revision:
        """Return one revision.

        Raises:
            RevisionUnknownError: There is none of this number.

        """
        newest = (await self._store.head()).revision
        if not 1 <= number <= newest:
            raise RevisionUnknownError(f"there is no revision {number}; the newest is {newest}")
        return (await self._store.revisions(after=number - 1, limit=1))[0]

    async def entries(self, revision: int) -> list[LogEntry]:
        """Return what one revision did, record by record."""
        return await self._store.entries(revision)


def _in_order(neighbours: list[Neighbour]) -> list[Neighbour]:
    return sorted(neighbours, key=lambda each: (each.verb, each.other.name, each.relationship.id))
