"""Pages of CIs that meet a query."""

from typing import Any, LiteralString

from graph_service.model.search_words import query_words
from graph_service.store.graph_store import CIPage, CIQuery
from graph_service.store.neo4j.mapping import ci_of
from graph_service.store.neo4j.properties import indexable
from graph_service.store.neo4j.reading import storable
from graph_service.store.neo4j.transactions import Transaction, value
from graph_service.store.plain import askable

_ALL: LiteralString = "MATCH (n:CI)"
_BY_TEXT: LiteralString = "CALL db.index.fulltext.queryNodes('ci_words', $text) YIELD node AS n"
_TERMS_ASKED = 50
"""Words that the index is asked for; it allows no more than 1,024. The rest is compared after."""

_COUNT: LiteralString = " RETURN count(n)"
_PAGE: LiteralString = """
WITH n ORDER BY n.name, coalesce(n.wholeName, n.name), n.uid LIMIT $limit
RETURN collect(properties(n))
"""
_AFTER: LiteralString = """
n.name >= $after_indexed AND (n.name > $after_indexed
  OR coalesce(n.wholeName, n.name) > $after_name
  OR (coalesce(n.wholeName, n.name) = $after_name AND n.uid > $after_id))
"""
# The counts of a label are kept by Neo4j: without a condition nothing is walked through.
_COUNT_ALL: LiteralString = "MATCH (n:CI) RETURN count(n)"
_COUNT_RETIRED: LiteralString = "MATCH (n:Retired) RETURN count(n)"


async def find_cis(tx: Transaction, query: CIQuery) -> CIPage:
    """Return one page of the CIs that meet a query."""
    words = query_words(query.text)
    if query.text and not words:
        return CIPage([], has_next=False, total_count=0)
    source = _BY_TEXT if words else _ALL
    conditions = _conditions(query, words)
    parameters = _parameters(query, words)
    after: list[LiteralString] = [_AFTER] if query.after is not None else []
    page = source + _where([*conditions, "n.name IS NOT NULL", *after]) + _PAGE
    rows = await value(tx, page, **parameters)
    return CIPage(
        [ci_of(each) for each in rows[: query.limit]],
        has_next=len(rows) > query.limit,
        total_count=await _count(tx, query, source + _where(conditions) + _COUNT, parameters),
    )


async def _count(
    tx: Transaction, query: CIQuery, counting: LiteralString, parameters: dict[str, Any]
) -> int:
    is_unconditional = not (
        query.classes or query.tiers or query.environments or query.name_prefix or query.text
    )
    if not is_unconditional:
        return int(await value(tx, counting, **parameters))
    everything = int(await value(tx, _COUNT_ALL))
    return (
        everything if query.include_retired else everything - int(await value(tx, _COUNT_RETIRED))
    )


def _conditions(query: CIQuery, words: tuple[str, ...]) -> list[LiteralString]:
    """Return the conditions in Cypher; what they compare with are parameters."""
    conditions: list[tuple[bool, LiteralString]] = [
        (not query.include_retired, "NOT n:Retired"),
        (bool(query.classes), "n.class IN $classes"),
        (bool(query.tiers), "n.tier IN $tiers AND n.tier IS :: INTEGER"),
        (bool(query.environments), "n.environment IN $environments"),
        (bool(query.name_prefix), "n.name STARTS WITH $prefix_indexed"),
        (bool(query.name_prefix), "coalesce(n.wholeName, n.name) STARTS WITH $prefix"),
        (bool(words), "all(word IN $words WHERE n.words CONTAINS word)"),
    ]
    return [text for applies, text in conditions if applies]


def _parameters(query: CIQuery, words: tuple[str, ...]) -> dict[str, Any]:
    after_name, after_id = (askable(each) for each in query.after or ("", ""))
    prefix = askable(query.name_prefix)
    return {
        "classes": storable(query.classes),
        "tiers": [*query.tiers],
        "environments": storable(query.environments),
        "prefix": prefix,
        "prefix_indexed": indexable(prefix),
        "text": _index_query(words),
        "words": _in_words(words),
        "after_name": after_name,
        "after_indexed": indexable(after_name),
        "after_id": after_id,
        "limit": query.limit + 1,
    }


def _index_query(words: tuple[str, ...]) -> str:
    """Write a query of the index. Words are letters and digits only: nothing needs escaping."""
    if not words:
        return ""
    asked = [f"+{each}" for each in words[:-1][:_TERMS_ASKED]]
    return " ".join([*asked, f"+{words[-1]}*"])


def _in_words(words: tuple[str, ...]) -> list[str]:
    """Return what a CI's ``words``, each between blanks, must contain."""
    return [f" {each} " for each in words[:-1]] + [f" {each}" for each in words[-1:]]


def _where(conditions: list[LiteralString]) -> LiteralString:
    return " WHERE " + " AND ".join(conditions) if conditions else ""
