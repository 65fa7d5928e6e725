"""Pages of CIs that are all in memory: the same CIs in the same order as a store would answer."""

from collections.abc import Iterable
from heapq import nlargest, nsmallest

from graph_service.model.ci import CI, Presence
from graph_service.model.condition import Evidence, matcher
from graph_service.store.graph_store import CIOrder, CIPage, CIQuery, Position, position_of


def page_of(cis: Iterable[CI], query: CIQuery, evidence: Evidence) -> CIPage:
    """Return one page of the CIs that meet a query.

    Raises:
        TypeError: Its condition is not settled.

    """
    found = _meeting(cis, query, evidence)
    if query.after is not None:
        last = _sortable(query.after, query)
        found = [each for each in found if _is_after(_key(each, query), last, query)]
    first = nlargest if query.descending else nsmallest
    page = first(query.limit + 1, found, key=lambda each: _key(each, query))
    return CIPage(page[: query.limit], has_next=len(page) > query.limit)


def count_of(cis: Iterable[CI], query: CIQuery, evidence: Evidence) -> int:
    """Return how many CIs meet a query."""
    return len(_meeting(cis, query, evidence))


def _meeting(cis: Iterable[CI], query: CIQuery, evidence: Evidence) -> list[CI]:
    test = matcher(query.condition, evidence)
    return [
        each
        for each in cis
        if (query.include_retired or each.presence is not Presence.RETIRED) and test(each)
    ]


def _key(ci: CI, query: CIQuery) -> tuple[object, ...]:
    return _sortable(position_of(ci, query.order), query)


def _sortable(position: Position, query: CIQuery) -> tuple[object, ...]:
    """Return a position that can be compared; what has no tier comes last either way."""
    if query.order is not CIOrder.TIER:
        return position
    tier, *ties = position
    return (tier is None) is not query.descending, tier or 0, *ties


def _is_after(key: tuple[object, ...], last: tuple[object, ...], query: CIQuery) -> bool:
    return key < last if query.descending else key > last
