"""Finding in an estate of which most is as another one has it: that finds those, memory the rest.

A CI is *apart* where the other estate cannot judge it: its record differs, or something around it
that a condition asks about.
"""

from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, replace

from graph_service.model.ci import CI
from graph_service.model.condition import (
    EVERYTHING,
    Condition,
    Evidence,
    IsCI,
    Not,
    Orphan,
    Ref,
    RefBy,
    Related,
    Within,
    both,
    evidence_of,
    leaves,
)
from graph_service.store import CIPage, CIQuery, EstateReader, page_of
from graph_service.use_cases.estates.finding_in_memory import count_in, page_in

NOTHING_KNOWN: Evidence = evidence_of([])

Apart = Callable[[], AsyncIterator[Collection[CI]]]
"""Yields the CIs that are apart, some at a time."""


@dataclass(frozen=True, slots=True)
class Split:
    """An estate, the other one that most of it is as, and what tells the two apart.

    ``together`` holds of every CI of the other estate that is as it is here.
    """

    estate: EstateReader
    other: EstateReader
    together: Condition
    apart: Apart

    async def page(self, query: CIQuery) -> CIPage:
        """Return the page of a query."""
        found = await self.other.find_cis(self._narrowed(query))
        cis, has_next = [*found.cis], found.has_next
        async for some in self.apart():
            page = await page_in(self.estate, some, query)
            has_next |= page.has_next
            cis = _first([*cis, *page.cis], query)
        page = _page([*cis], query)
        return CIPage(page.cis, has_next=has_next or page.has_next)

    async def count(self, query: CIQuery) -> int:
        """Return how many CIs meet a query."""
        count = await self.other.count_cis(self._narrowed(query))
        async for some in self.apart():
            count += await count_in(self.estate, some, query)
        return count

    def _narrowed(self, query: CIQuery) -> CIQuery:
        return replace(query, where=both(query.where, self.together))


def _page(cis: list[CI], query: CIQuery) -> CIPage:
    """Put CIs that meet a query in its order and cut its page."""
    by_order = CIQuery(
        where=EVERYTHING,
        include_retired=True,
        order=query.order,
        descending=query.descending,
        limit=query.limit,
    )
    return page_of(cis, by_order, NOTHING_KNOWN)


def _first(cis: list[CI], query: CIQuery) -> list[CI]:
    """Return one more than a page, so that it is known to go on."""
    return [*_page(cis, replace(query, limit=query.limit + 1)).cis]


def asks_around(condition: Condition) -> bool:
    """Whether relationships of a CI decide if it meets a condition."""
    return any(isinstance(each, Related | Orphan) for each in leaves(condition))


def asks_at_any_depth(condition: Condition) -> bool:
    """Whether what is far from a CI may decide; then no CI can be judged by itself."""
    return any(isinstance(each, Within) for each in leaves(condition))


def none_of(ids: Collection[str]) -> Condition:
    """Return the condition that a CI is none of these."""
    return Not(IsCI(tuple(Ref(RefBy.ID, each) for each in sorted(ids)))) if ids else EVERYTHING
