"""Conditions → SQL over the table ``ci``. What they compare with is bound, never written out."""

# ruff: noqa: S608 - columns and tables are constants of ours, values are always bound

from collections.abc import Callable, Iterable
from typing import Any

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
    settled_id,
    settled_revision,
)
from graph_service.model.search_words import query_words
from graph_service.store.plain import askable
from graph_service.store.sqlite.rows import as_list

Value = str | int | float
Sql = tuple[str, list[Value]]
"""A condition and the values bound to its question marks, in order."""

_COLUMNS = {"key": "ci.key", "name": "ci.name", "tier": "ci.tier", "environment": "ci.environment"}
_LAST_CHARACTER = 0x10FFFF
_HALVES = range(0xD800, 0xE000)
_WITHIN = f"""
ci.ordinal IN (
    WITH RECURSIVE inside (ordinal) AS (
        SELECT ordinal FROM ci WHERE id = ?
        UNION SELECT source FROM inside JOIN relationship ON target = inside.ordinal
        WHERE presence <> 'RETIRED' AND type IN {CONTAINED_BY_SOURCE!r}
        UNION SELECT target FROM inside JOIN relationship ON source = inside.ordinal
        WHERE presence <> 'RETIRED' AND type IN ({", ".join(map(repr, CONTAINED_BY_TARGET))})
    ) SELECT ordinal FROM inside
) AND ci.id <> ?
"""
_CONFLICTING = """
ci.ordinal IN (SELECT ci FROM claim WHERE live AND ci IS NOT NULL GROUP BY ci
               HAVING count(*) > 1 AND disagree(body))
"""
_ORPHAN = """
NOT EXISTS (SELECT 1 FROM relationship WHERE source = ci.ordinal AND presence <> 'RETIRED')
AND NOT EXISTS (SELECT 1 FROM relationship WHERE target = ci.ordinal AND presence <> 'RETIRED')
"""


def sql_of(condition: Condition) -> Sql:
    """Return a settled condition as SQL; where that is null, it does not hold.

    Raises:
        TypeError: The condition is not settled.

    """
    match condition:
        case AllOf(of):
            return _joined(" AND ", "TRUE", map(sql_of, of))
        case AnyOf(of):
            return _joined(" OR ", "FALSE", map(sql_of, of))
        case Not(what):
            text, values = sql_of(what)
            return f"NOT coalesce(({text}), FALSE)", values
    write = _WRITERS.get(type(condition))
    if write is None:
        raise TypeError(f"{condition!r} is not settled")
    return write(condition)


def _joined(word: str, empty: str, parts: Iterable[Sql]) -> Sql:
    texts, values = [], []
    for text, of_text in parts:
        texts.append(f"({text})")
        values += of_text
    return word.join(texts) or empty, values


def _in(what: str, values: Iterable[Value]) -> Sql:
    wanted = [askable(each) if isinstance(each, str) else each for each in values]
    return f"{what} IN ({', '.join('?' * len(wanted))})", wanted


def _is_ci(leaf: IsCI) -> Sql:
    ids = as_list(map(settled_id, leaf.refs))
    return "ci.id IN (SELECT value FROM json_each(?))", [ids]


def _related(leaf: Related) -> Sql:
    return _joined(" OR ", "FALSE", (_related_at(leaf, *ends) for ends in _ends(leaf)))


def _related_at(leaf: Related, own: str, other: str) -> Sql:
    types, names = _of_types(leaf)
    if leaf.to is None:
        return f"EXISTS (SELECT 1 FROM relationship WHERE {own} = ci.ordinal AND {types})", names
    found = (
        f"ci.ordinal IN (SELECT {own} FROM relationship WHERE {other} ="
        f" (SELECT ordinal FROM ci WHERE id = ?) AND {types})"
    )
    return found, [askable(settled_id(leaf.to)), *names]


def _ends(leaf: Related) -> list[tuple[str, str]]:
    """Return the ends the CI may be at, each with the other one."""
    ends = {End.SOURCE: ("source", "target"), End.TARGET: ("target", "source")}
    return [columns for end, columns in ends.items() if leaf.end in {None, end}]


def _of_types(leaf: Related) -> Sql:
    living = "presence <> 'RETIRED'"
    if not leaf.types:
        return living, []
    text, values = _in("type", sorted(leaf.types))
    return f"{living} AND {text}", values


def _within(leaf: Within) -> Sql:
    place = askable(settled_id(leaf.place))
    return _WITHIN, [place, place]


def _known_to(leaf: KnownTo) -> Sql:
    text, values = _in("data_source", sorted(leaf.data_sources))
    return (
        f"ci.ordinal IN (SELECT ci FROM claim WHERE {text} AND live AND ci IS NOT NULL)",
        values,
    )


def _text(leaf: Text) -> Sql:
    words = query_words(leaf.text)
    if not words:
        return "FALSE", []
    # Words hold no quotation marks, so within them nothing of a user's text is syntax.
    asked = " AND ".join(f'"{each}"' for each in words) + "*"
    columns = "names : " if leaf.of_names else ""
    return (
        "ci.ordinal IN (SELECT rowid FROM ci_words WHERE ci_words MATCH ?)",
        [f"{columns}({asked})"],
    )


def _attribute(leaf: Attribute) -> Sql:
    if column := _COLUMNS.get(leaf.name):
        return _column(column, leaf.match)
    path = f'$."{askable(leaf.name)}"'
    if isinstance(leaf.match, Exists):
        return "json_type(ci.attributes, ?) <> 'null'", [path]
    text, values = _element(leaf.match)
    # The members of an object are its own business: json_each would take them for elements.
    found = (
        "json_type(ci.attributes, ?) <> 'object' AND"
        f" EXISTS (SELECT 1 FROM json_each(ci.attributes, ?) AS v WHERE {text})"
    )
    return found, [path, path, *values]


def _column(column: str, match_: Match) -> Sql:
    """Compare a column that is either text or whole numbers."""
    if isinstance(match_, Exists):
        return f"{column} IS NOT NULL", []
    is_text = column != _COLUMNS["tier"]
    if isinstance(match_, OneOf):
        return _in(column, [each for each in match_.values if _is_text(each) is is_text])
    if isinstance(match_, StartsWith):
        return _begins_with(column, match_.text) if is_text else ("FALSE", [])
    if isinstance(match_, Contains):
        return (f"instr({column}, ?) > 0", [askable(match_.text)]) if is_text else ("FALSE", [])
    return _bound(column, match_) if _is_text(match_.value) is is_text else ("FALSE", [])


def _is_text(value: Scalar) -> bool | None:
    """Whether a value is text; of a truth value, neither that nor a number, nothing is true."""
    return None if isinstance(value, bool) else isinstance(value, str)


def _begins_with(column: str, prefix: str) -> Sql:
    wanted = askable(prefix)
    end = after_all_that_begin_with(wanted)
    if not end:
        return f"{column} >= ?", [wanted]
    return f"{column} >= ? AND {column} < ?", [wanted, end]


def after_all_that_begin_with(prefix: str) -> str:
    """Return the first text after all that begin with a prefix, or the empty one if none is."""
    kept = prefix.rstrip(chr(_LAST_CHARACTER))
    if not kept:
        return ""
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(_HALVES.stop if following in _HALVES else following)


def _element(match_: OneOf | Contains | StartsWith | AtLeast | AtMost) -> Sql:
    """Compare ``v``, a row of json_each: the value itself, or an element of a list."""
    match match_:
        case OneOf(wanted):
            return _joined(" OR ", "FALSE", _one_of(wanted))
        case Contains(text):
            return "v.type = 'text' AND instr(v.atom, ?) > 0", [askable(text)]
        case StartsWith(text):
            prefix = askable(text)
            return "v.type = 'text' AND substr(v.atom, 1, length(?)) = ?", [prefix, prefix]
    types = "= 'text'" if isinstance(match_.value, str) else "IN ('integer', 'real')"
    text, values = _bound("v.atom", match_)
    return f"v.type {types} AND {text}", values


def _one_of(values: Iterable[Scalar]) -> Iterable[Sql]:
    by_type: dict[str, list[Value]] = {}
    for each in values:
        if isinstance(each, bool):
            yield f"v.type = '{str(each).lower()}'", []
        else:
            types = "= 'text'" if isinstance(each, str) else "IN ('integer', 'real')"
            by_type.setdefault(types, []).append(each)
    for types, wanted in by_type.items():
        text, bound = _in("v.atom", wanted)
        yield f"v.type {types} AND {text}", bound


def _bound(what: str, match_: AtLeast | AtMost) -> Sql:
    sign = ">=" if isinstance(match_, AtLeast) else "<="
    if isinstance(match_.value, str):
        # Instants with and without fractions of a second are in order once their Z is gone.
        return f"rtrim({what}, 'Z') {sign} rtrim(?, 'Z')", [askable(match_.value)]
    return f"{what} {sign} ?", [match_.value]


_WRITERS: dict[type, Callable[[Any], Sql]] = {
    IsCI: _is_ci,
    OfClass: lambda leaf: _in("ci.class", sorted(leaf.names)),
    Attribute: _attribute,
    Related: _related,
    Within: _within,
    KnownTo: _known_to,
    Stale: lambda _: ("ci.presence = 'STALE'", []),
    Orphan: lambda _: (_ORPHAN, []),
    Conflicting: lambda _: (_CONFLICTING, []),
    ChangedSince: lambda leaf: ("ci.revision > ?", [settled_revision(leaf.moment)]),
    Text: _text,
}
