"""Pages of CIs that meet a query, and what else a search asks of the graph."""

from collections.abc import Collection, Iterable
from typing import LiteralString

from graph_service.model.condition import AllOf, Condition, Text
from graph_service.model.ids import CIId
from graph_service.model.likeness import tolerance, words_like
from graph_service.model.search_words import query_words
from graph_service.store.graph_store import CIOrder, CIPage, CIQuery, Position
from graph_service.store.neo4j.conditions import Cypher, look_up
from graph_service.store.neo4j.mapping import FORMER, NAME_WORDS, ci_of
from graph_service.store.neo4j.properties import indexable
from graph_service.store.neo4j.reading import storable
from graph_service.store.neo4j.transactions import Transaction, value
from graph_service.store.plain import askable

_ALL: LiteralString = "MATCH (n:CI)"
_BY_INDEX: LiteralString = "CALL db.index.fulltext.queryNodes({index}, {text}) YIELD node AS n"
_TERMS_ASKED = 50
"""Words that the index is asked for; it allows no more than 1,024. The rest is compared after."""

_ALIKE_READ = 200
"""Nodes read for words like another; the index gives the nearest words first."""

_TIER: LiteralString = "n.tier IS :: INTEGER NOT NULL"
_WHOLE_NAME: LiteralString = "coalesce(n.wholeName, n.name)"
_WHOLE_KEY: LiteralString = "coalesce(n.wholeKey, n.key)"
# By which property an index keeps an order, and all that decides it.
_ORDERS: dict[CIOrder, tuple[str, tuple[str, ...]]] = {
    CIOrder.NAME: ("n.name", (_WHOLE_NAME, "n.uid")),
    CIOrder.KEY: ("n.key", (_WHOLE_KEY, "n.uid")),
    CIOrder.CLASS: ("n.class", ("n.class", _WHOLE_NAME, "n.uid")),
    CIOrder.TIER: ("n.tier", ("n.tier", _WHOLE_NAME, "n.uid")),
    CIOrder.UPDATED_AT: ("n.revision", ("n.revision", _WHOLE_NAME, "n.uid")),
}
# The counts of a label are kept by Neo4j: without a condition nothing is walked through.
_COUNT_ALL: LiteralString = "MATCH (n:CI) RETURN count(n)"
_COUNT_RETIRED: LiteralString = "MATCH (n:Retired) RETURN count(n)"
_FORMER_NAMES: LiteralString = (
    "MATCH (n:CI) USING INDEX n:CI(uid) WHERE n.uid IN $ids"
    f" WITH n, [each IN {FORMER} WHERE each <> {_WHOLE_NAME}] AS names WHERE size(names) > 0"
    " RETURN collect([n.uid, names])"
)
_ALIKE: LiteralString = (
    "CALL db.index.fulltext.queryNodes('ci_name_words', $text, {limit: $limit}) YIELD node"
    f" RETURN collect({NAME_WORDS.replace('n.', 'node.', 1)})"
)


async def find_cis(tx: Transaction, query: CIQuery) -> CIPage:
    """Return one page of the CIs that meet a query."""
    condition = query.condition
    ids = await look_up(tx, condition)
    rows: list[dict[str, object]] = []
    for stretch, lead, columns, after in _stretches(query):
        cypher = Cypher(ids)
        where = [*_where(cypher, query, condition), *stretch]
        if after is not None:
            where.append(_after(cypher, lead, columns, after, query))
        direction = " DESC" if query.descending else ""
        order = ", ".join(f"{each}{direction}" for each in dict.fromkeys((lead, *columns)))
        limit = cypher.bound(query.limit + 1 - len(rows))
        # That a property is there lets its index put the nodes in order.
        found = (
            f"{_source(cypher, condition)} WHERE {' AND '.join([*where, f'{lead} IS NOT NULL'])}"
            f" WITH n ORDER BY {order} LIMIT {limit} RETURN collect(properties(n))"
        )
        rows += await value(tx, found, **cypher.parameters)
        if len(rows) > query.limit:
            break
    return CIPage([ci_of(each) for each in rows[: query.limit]], has_next=len(rows) > query.limit)


async def count_cis(tx: Transaction, query: CIQuery) -> int:
    """Return how many CIs meet a query."""
    condition = query.condition
    if condition == AllOf():
        everything = int(await value(tx, _COUNT_ALL))
        return everything if query.include_retired else everything - await _retired_count(tx)
    cypher = Cypher(await look_up(tx, condition))
    where = " AND ".join(_where(cypher, query, condition))
    found = f"{_source(cypher, condition)} WHERE {where} RETURN count(n)"
    return int(await value(tx, found, **cypher.parameters))


async def _retired_count(tx: Transaction) -> int:
    return int(await value(tx, _COUNT_RETIRED))


def _where(cypher: Cypher, query: CIQuery, condition: Condition) -> list[str]:
    living = [] if query.include_retired else ["NOT n:Retired"]
    return [*living, f"({cypher.text(condition)})"]


def _source(cypher: Cypher, condition: Condition) -> str:
    """Return where the nodes come from: from the index of words, if all must have some."""
    for each in condition.of if isinstance(condition, AllOf) else (condition,):
        if isinstance(each, Text) and (words := query_words(each.text)):
            index = cypher.bound("ci_name_words" if each.of_names else "ci_words")
            return _BY_INDEX.format(index=index, text=cypher.bound(_index_query(words)))
    return _ALL


def _index_query(words: tuple[str, ...]) -> str:
    """Write a query of the index. Words are letters and digits only: nothing needs escaping."""
    asked = [f"+{each}" for each in words[:-1][:_TERMS_ASKED]]
    return " ".join([*asked, f"+{words[-1]}*"])


_Stretch = tuple[list[str], str, tuple[str, ...], Position | None]


def _stretches(query: CIQuery) -> Iterable[_Stretch]:
    """Yield where to look, one after the other, and what each stretch is in order of.

    Those without a tier come last in either direction, so they are a stretch of their own.
    """
    lead, columns = _ORDERS[query.order]
    after = query.after
    if query.order is not CIOrder.TIER:
        yield [], lead, columns, after
        return
    lacks_tier = after is not None and after[0] is None
    if not lacks_tier:
        yield [_TIER], lead, columns, after
    last = after[1:] if after is not None and lacks_tier else None
    yield [f"NOT {_TIER}"], *_ORDERS[CIOrder.NAME], last


def _after(
    cypher: Cypher, lead: str, columns: tuple[str, ...], position: Position, query: CIQuery
) -> str:
    """Return the condition that a CI comes after another; its first part is for the index."""
    sign = "<" if query.descending else ">"
    last = [askable(each) if isinstance(each, str) else each for each in position]
    first = indexable(last[0]) if isinstance(last[0], str) else last[0]
    bound = [cypher.bound(each) for each in last]
    text = f"{columns[-1]} {sign} {bound[-1]}"
    for column, wanted in zip(columns[-2::-1], bound[-2::-1], strict=True):
        text = f"({column} {sign} {wanted} OR ({column} = {wanted} AND {text}))"
    return f"{lead} {sign}= {cypher.bound(first)} AND {text}"


async def former_names(tx: Transaction, ids: Collection[str]) -> dict[CIId, tuple[str, ...]]:
    """Return the names that CIs had before and have no more."""
    found = await value(tx, _FORMER_NAMES, ids=storable(ids))
    return {CIId(uid): tuple(names) for uid, names in found}


async def find_words_like(tx: Transaction, word: str, limit: int) -> list[str]:
    """Return words of names that look like another."""
    most = tolerance(word)
    asked = query_words(word)
    if not most or asked != (word,):
        return []
    found = await value(tx, _ALIKE, text=f"{word}~{most}", limit=_ALIKE_READ)
    return words_like(word, {each for words in found for each in words.split()}, limit)
