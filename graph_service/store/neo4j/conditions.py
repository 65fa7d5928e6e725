"""Conditions → Cypher over a node ``n``. What they compare with are parameters, never text.

What leads away from the node is looked up first, in the same transaction, and becomes a set of ids:
an index then finds the nodes, instead of every node looking around.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, LiteralString

import orjson

from graph_service.model.condition import (
    CONTAINED_BY_SOURCE,
    CONTAINED_BY_TARGET,
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Attribute,
    ChangedSince,
    Condition,
    Conflicting,
    Contains,
    End,
    Exists,
    IsCI,
    KnownTo,
    Match,
    Not,
    OfClass,
    OneOf,
    Orphan,
    Related,
    Scalar,
    Stale,
    StartsWith,
    Text,
    Within,
    disagree,
    leaves,
    settled_id,
    settled_revision,
)
from graph_service.model.search_words import query_words
from graph_service.store.neo4j import facts
from graph_service.store.neo4j.mapping import FACTS, NAME_WORDS, is_property
from graph_service.store.neo4j.properties import indexable
from graph_service.store.neo4j.reading import storable
from graph_service.store.neo4j.transactions import Transaction, value
from graph_service.store.plain import askable

_AROUND: dict[End | None, LiteralString] = {
    End.SOURCE: "(n)-[r]->(:CI)",
    End.TARGET: "(n)<-[r]-(:CI)",
    None: "(n)-[r]-(:CI)",
}
_TO: dict[End | None, LiteralString] = {
    End.SOURCE: "(n:CI)-[r]->(o)",
    End.TARGET: "(n:CI)<-[r]-(o)",
    None: "(n:CI)-[r]-(o)",
}
_FIND_RELATED: LiteralString = (
    " WHERE r.uid IS NOT NULL AND (size($types) = 0 OR type(r) IN $types)"
    " RETURN collect(DISTINCT n.uid)"
)
_FIND_INSIDE: LiteralString = (
    "MATCH (o:CI) USING INDEX o:CI(uid) WHERE o.uid IN $places"
    f" MATCH (o)-[r:{'|'.join(CONTAINED_BY_SOURCE + CONTAINED_BY_TARGET)}]-(n:CI)"
    f" WHERE (startNode(r) = o) = (type(r) IN {[*CONTAINED_BY_TARGET]!r})"
    " RETURN collect(DISTINCT n.uid)"
)
_FIND_CONFLICTING: LiteralString = (
    "MATCH (c:Claim) WHERE c.live AND c.subject STARTS WITH 'ci_'"
    " WITH c.subject AS subject, collect(c.content) AS contents WHERE size(contents) > 1"
    " RETURN collect([subject, contents])"
)
_WHOLE: dict[str, tuple[LiteralString, LiteralString]] = {
    "key": ("n.key", "coalesce(n.wholeKey, n.key)"),
    "name": ("n.name", "coalesce(n.wholeName, n.name)"),
}
_TYPED: dict[str, LiteralString] = {
    "tier": "CASE WHEN n.tier IS :: INTEGER NOT NULL THEN n.tier END",
    "environment": "CASE WHEN n.environment IS :: STRING NOT NULL THEN n.environment END",
}

Ids = dict[int, list[str]]
"""The sets that were looked up, by the identity of the leaf they are for."""


async def look_up(tx: Transaction, condition: Condition) -> Ids:
    """Return the sets of ids that the leaves of a condition come to, where one is needed."""
    found: Ids = {}
    for leaf in leaves(condition):
        match leaf:
            case Related(types, end, to) if to is not None:
                query = "MATCH (o:CI {uid: $to}) MATCH " + _TO[end] + _FIND_RELATED
                to_id = askable(settled_id(to))
                found[id(leaf)] = await value(tx, query, to=to_id, types=storable(types))
            case Within(place):
                found[id(leaf)] = await _inside(tx, askable(settled_id(place)))
            case Conflicting():
                found[id(leaf)] = [
                    subject
                    for subject, contents in await value(tx, _FIND_CONFLICTING)
                    if disagree([orjson.loads(each) for each in contents])
                ]
    return found


async def _inside(tx: Transaction, place: str) -> list[str]:
    inside = {place}
    frontier = [place]
    while frontier:
        found = await value(tx, _FIND_INSIDE, places=frontier)
        frontier = [each for each in found if each not in inside]
        inside.update(frontier)
    return sorted(inside - {place})


class Cypher:
    """Writes conditions and gathers the parameters they are compared with."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.parameters: dict[str, Any] = {}

    def bound(self, parameter: object) -> str:
        """Return the name of a new parameter, as it stands in a query."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = parameter
        return f"${name}"

    def text(self, condition: Condition) -> str:
        """Return a condition as Cypher; where that is null, it does not hold.

        Raises:
            TypeError: The condition is not settled.

        """
        match condition:
            case AllOf(of):
                return _joined(" AND ", "true", map(self.text, of))
            case AnyOf(of):
                return _joined(" OR ", "false", map(self.text, of))
            case Not(what):
                return f"NOT coalesce(({self.text(what)}), false)"
            case Attribute(name, match_):
                return self._attribute(name, match_)
            case Related() | Orphan() | KnownTo() | Within() | Conflicting():
                return self._around(condition)
        return self._of_record(condition)

    def _of_record(self, leaf: Condition) -> str:
        match leaf:
            case IsCI(refs):
                return f"n.uid IN {self.bound(storable(map(settled_id, refs)))}"
            case OfClass(names):
                return f"n.class IN {self.bound(storable(names))}"
            case Stale():
                return "n.presence = 'STALE'"
            case ChangedSince(moment):
                return f"n.revision > {self.bound(settled_revision(moment))}"
            case Text(text, of_names):
                return self._words(query_words(text), NAME_WORDS if of_names else "n.words")
        raise TypeError(f"{leaf!r} is not settled")

    def _around(self, leaf: Related | Orphan | KnownTo | Within | Conflicting) -> str:
        match leaf:
            case Related(types, end, None):
                of_types = f" AND type(r) IN {self.bound(storable(types))}" if types else ""
                return f"EXISTS {{ {_AROUND[end]} WHERE r.uid IS NOT NULL{of_types} }}"
            case Orphan():
                return f"NOT EXISTS {{ {_AROUND[None]} WHERE r.uid IS NOT NULL }}"
            case KnownTo(names):
                wanted = self.bound(storable(names))
                return (
                    "EXISTS { MATCH (c:Claim {subject: n.uid}) WHERE c.live"
                    f" AND coalesce(c.wholeDataSource, c.dataSource) IN {wanted} }}"
                )
        return f"n.uid IN {self.bound(self._ids[id(leaf)])}"

    def _words(self, words: Sequence[str], where: str) -> str:
        if not words:
            return "false"
        wanted = [f" {each} " for each in words[:-1]] + [f" {each}" for each in words[-1:]]
        return f"all(word IN {self.bound(wanted)} WHERE {where} CONTAINS word)"

    def _attribute(self, name: str, match_: Match) -> str:
        if name in _WHOLE:
            return self._own_text(*_WHOLE[name], match_)
        if name in _TYPED:
            return self._compared(_TYPED[name], match_)
        name = askable(name)
        said = self._said(name, match_)
        if not is_property(name):
            return said
        # ``any`` over no list is null, and null or true is true.
        return f"({self._compared(f'n[{self.bound(name)}]', match_)} OR {said})"

    def _own_text(self, indexed: str, whole: str, match_: Match) -> str:
        if isinstance(match_, StartsWith):
            prefix = self.bound(indexable(askable(match_.text)))
            return f"{indexed} STARTS WITH {prefix} AND {self._compared(whole, match_)}"
        if isinstance(match_, OneOf):
            texts = storable(each for each in match_.values if isinstance(each, str))
            short = self.bound([indexable(each) for each in texts])
            return f"{indexed} IN {short} AND {whole} IN {self.bound(texts)}"
        return self._compared(whole, match_)

    def _compared(self, what: str, match_: Match) -> str:
        """Compare a single value; Cypher compares with values of the same type only, as we do."""
        match match_:
            case Exists():
                return f"{what} IS NOT NULL"
            case OneOf(values):
                return f"{what} IN {self.bound(_storable(values))}"
            case Contains(text):
                return f"{what} CONTAINS {self.bound(askable(text))}"
            case StartsWith(text):
                return f"{what} STARTS WITH {self.bound(askable(text))}"
        return self._within_bound(what, match_, is_text=f"{what} IS :: STRING NOT NULL")

    def _within_bound(self, what: str, match_: AtLeast | AtMost, is_text: str) -> str:
        sign = ">=" if isinstance(match_, AtLeast) else "<="
        if not isinstance(match_.value, str):
            return f"{what} {sign} {self.bound(match_.value)}"
        # Instants with and without fractions of a second are in order once their Z is gone.
        wanted = self.bound(askable(match_.value).rstrip("Z"))
        return f"CASE WHEN {is_text} THEN rtrim({what}, 'Z') {sign} {wanted} END"

    def _said(self, name: str, match_: Match) -> str:
        """Look for a fact."""
        match match_:
            case Exists():
                return f"{self.bound(facts.exists_fact(name))} IN {FACTS}"
            case OneOf(values):
                return self._fact_is_one_of(name, values)
            case Contains(text):
                wanted = f"CONTAINS {self.bound(askable(text))}"
                return self._any_fact(name, facts.TEXT, lambda rest: f"{rest} {wanted}")
            case StartsWith(text):
                begins = self.bound(facts.fact(name, askable(text)))
                return f"any(f IN {FACTS} WHERE f STARTS WITH {begins})"
        if isinstance(match_.value, str):
            return self._any_fact(
                name, facts.TEXT, lambda rest: self._within_bound(rest, match_, is_text="true")
            )
        return self._any_fact(
            name,
            facts.NUMBER,
            lambda rest: self._within_bound(f"toFloat({rest})", match_, is_text="true"),
        )

    def _fact_is_one_of(self, name: str, values: Iterable[Scalar]) -> str:
        wanted = _storable(values)
        numbers = [each for each in wanted if _is_number(each)]
        others = [facts.fact(name, each) for each in wanted if not _is_number(each)]
        found = [f"any(f IN {FACTS} WHERE f IN {self.bound(others)})"] if others else []
        if numbers:
            bound = self.bound([float(each) for each in numbers])
            found.append(
                self._any_fact(name, facts.NUMBER, lambda rest: f"toFloat({rest}) IN {bound}")
            )
        return _joined(" OR ", "false", found)

    def _any_fact(self, name: str, of_type: str, test: Callable[[str], str]) -> str:
        begins = self.bound(facts.beginning(name, of_type))
        rest = test(f"substring(f, size({begins}))")
        return f"any(f IN {FACTS} WHERE f STARTS WITH {begins} AND {rest})"


def _joined(word: str, empty: str, parts: Iterable[str]) -> str:
    return word.join(f"({each})" for each in parts) or empty


def _storable(values: Iterable[Scalar]) -> list[Scalar]:
    return [each for each in values if not isinstance(each, str) or askable(each) == each]


def _is_number(each: Scalar) -> bool:
    return not isinstance(each, str | bool)
