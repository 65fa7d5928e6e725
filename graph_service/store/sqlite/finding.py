"""Which CIs meet a query, page by page; and what else a search asks of the file."""

# ruff: noqa: S608 - columns and tables are constants of ours, values are always bound

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator

from graph_service.model.ci import CI
from graph_service.model.ids import CIId
from graph_service.model.likeness import tolerance, words_like
from graph_service.store.graph_store import CIOrder, CIPage, CIQuery, Position
from graph_service.store.plain import askable
from graph_service.store.sqlite.conditions import Value, sql_of
from graph_service.store.sqlite.rows import CI_COLUMNS, as_list, ci_from_row

_ORDERS: dict[CIOrder, tuple[str, ...]] = {
    CIOrder.NAME: ("ci.name", "ci.id"),
    CIOrder.KEY: ("ci.key", "ci.id"),
    CIOrder.CLASS: ("ci.class", "ci.name", "ci.id"),
    CIOrder.TIER: ("ci.tier", "ci.name", "ci.id"),
    CIOrder.UPDATED_AT: ("ci.revision", "ci.name", "ci.id"),
}


def find_cis(connection: sqlite3.Connection, query: CIQuery) -> CIPage:
    """Return one page of the CIs that meet a query."""
    found: list[CI] = []
    for where, values, columns in _stretches(query):
        order = ", ".join(f"{each} {'DESC' if query.descending else 'ASC'}" for each in columns)
        rows = connection.execute(
            f"SELECT {CI_COLUMNS} FROM ci WHERE {where} ORDER BY {order} LIMIT ?",
            [*values, query.limit + 1 - len(found)],
        )
        found += map(ci_from_row, rows)
        if len(found) > query.limit:
            break
    return CIPage(cis=found[: query.limit], has_next=len(found) > query.limit)


def count_cis(connection: sqlite3.Connection, query: CIQuery) -> int:
    """Return how many CIs meet a query."""
    where, values = _conditions(query)
    (count,) = connection.execute(f"SELECT count(*) FROM ci WHERE {where}", values).fetchone()
    return int(count)


def _conditions(query: CIQuery) -> tuple[str, list[Value]]:
    text, values = sql_of(query.condition)
    presence = "" if query.include_retired else "ci.presence <> 'RETIRED' AND "
    return f"{presence}({text})", values


def _stretches(query: CIQuery) -> Iterator[tuple[str, list[Value], tuple[str, ...]]]:
    """Yield where to look, one after the other, and what each stretch is in order of.

    Those without a tier come last in either direction, so they are a stretch of their own.
    """
    where, values = _conditions(query)
    columns = _ORDERS[query.order]
    if query.order is not CIOrder.TIER:
        bound, last = _after(columns, query.after, query)
        yield where + bound, values + last, columns
        return
    lacks_tier = query.after is not None and query.after[0] is None
    if not lacks_tier:
        bound, last = _after(columns, query.after, query)
        yield f"{where} AND ci.tier IS NOT NULL{bound}", values + last, columns
    bound, last = _after(
        columns[1:], query.after[1:] if lacks_tier and query.after else None, query
    )
    yield f"{where} AND ci.tier IS NULL{bound}", values + last, columns[1:]


def _after(
    columns: tuple[str, ...], position: Position | None, query: CIQuery
) -> tuple[str, list[Value]]:
    if position is None:
        return "", []
    sign = "<" if query.descending else ">"
    marks = ", ".join("?" * len(columns))
    last: list[Value] = [askable(each) if isinstance(each, str) else each or 0 for each in position]
    return f" AND ({', '.join(columns)}) {sign} ({marks})", last


def former_names(
    connection: sqlite3.Connection, ids: Collection[str]
) -> dict[CIId, tuple[str, ...]]:
    """Return the names that CIs had before and have no more."""
    rows = connection.execute(
        "SELECT ci.id, former_name.name FROM json_each(?) AS asked"
        " CROSS JOIN ci ON ci.id = asked.value"
        " CROSS JOIN former_name ON former_name.ci = ci.ordinal AND former_name.name <> ci.name"
        " ORDER BY ci.ordinal, former_name.name",
        (as_list(ids),),
    )
    found = defaultdict(list)
    for ci_id, name in rows:
        found[CIId(ci_id)].append(name)
    return {ci_id: tuple(names) for ci_id, names in found.items()}


def find_words_like(connection: sqlite3.Connection, word: str, limit: int) -> list[str]:
    """Return words of names that look like another."""
    wanted = askable(word)
    most = tolerance(wanted)
    if not most:
        return []
    rows = connection.execute(
        "SELECT term FROM ci_word WHERE col = 'names' AND length(term) BETWEEN ? AND ?",
        (len(wanted) - most, len(wanted) + most),
    )
    return words_like(wanted, (term for (term,) in rows), limit)
