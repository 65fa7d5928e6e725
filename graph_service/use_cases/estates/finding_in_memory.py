"""CIs that meet a query, found in memory: of estates that no store has as they are."""

from collections.abc import Collection, Iterable, Mapping

from graph_service.model.ci import CI
from graph_service.model.condition import (
    Condition,
    Conflicting,
    Evidence,
    KnownTo,
    Orphan,
    Related,
    Text,
    Within,
    evidence_of,
    leaves,
)
from graph_service.model.search_words import name_words
from graph_service.store import CIPage, CIQuery, EstateReader, count_of, page_of

EVERY = 2**31 - 1
"""A page without an end."""


async def page_in(estate: EstateReader, cis: Collection[CI], query: CIQuery) -> CIPage:
    """Return the page of a query among all CIs of an estate."""
    return page_of(cis, query, await _evidence(estate, cis, query.condition))


async def count_in(estate: EstateReader, cis: Collection[CI], query: CIQuery) -> int:
    """Return how many of all CIs of an estate meet a query."""
    return count_of(cis, query, await _evidence(estate, cis, query.condition))


async def _evidence(estate: EstateReader, cis: Collection[CI], condition: Condition) -> Evidence:
    """Read what decides beside the records, and no more than that."""
    asked = {type(each) for each in leaves(condition)}
    ids = [each.id for each in cis]
    relationships = await estate.relationships_of(ids) if asked & {Related, Within, Orphan} else []
    claims = await estate.claims_of(ids) if asked & {KnownTo, Conflicting} else {}
    names: Mapping[str, Collection[str]] = (
        {str(ci_id): found for ci_id, found in (await estate.former_names(ids)).items()}
        if Text in asked
        else {}
    )
    return evidence_of(relationships, [each for of in claims.values() for each in of], names)


def words_of_names(cis: Iterable[CI]) -> set[str]:
    """Return the words of what some CIs are called."""
    return {word for each in cis for word in name_words(each)}
