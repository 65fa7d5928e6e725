"""CIs that meet a query, found in memory: of estates that no store has as they are."""

from collections.abc import Iterable

from graph_service.model.ci import CI, Presence
from graph_service.model.search_words import query_words, words_of
from graph_service.store import CIPage, CIQuery

EVERY = 2**31 - 1
"""A page without an end."""


def page_of(cis: Iterable[CI], query: CIQuery) -> CIPage:
    """Return the page of a query among some CIs."""
    words = query_words(query.text)
    if query.text and not words:
        return CIPage(cis=[], has_next=False, total_count=0)
    met = sorted((each for each in cis if _meets(each, query, words)), key=_place)
    left = [each for each in met if query.after is None or _place(each) > query.after]
    return CIPage(left[: query.limit], has_next=len(left) > query.limit, total_count=len(met))


def _place(ci: CI) -> tuple[str, str]:
    return ci.name, ci.id


def _meets(ci: CI, query: CIQuery, wanted: tuple[str, ...]) -> bool:
    tier, environment = ci.attributes.get("tier"), ci.attributes.get("environment")
    return (
        (query.include_retired or ci.presence is not Presence.RETIRED)
        and (not query.classes or ci.class_name in query.classes)
        and (not query.tiers or (type(tier) is int and tier in query.tiers))
        and (not query.environments or environment in [*query.environments])
        and ci.name.startswith(query.name_prefix)
        and _has_words(ci, wanted)
    )


def _has_words(ci: CI, wanted: tuple[str, ...]) -> bool:
    if not wanted:
        return True
    words = words_of(ci)
    *whole, beginning = wanted
    return all(each in words for each in whole) and any(
        each.startswith(beginning) for each in words
    )
