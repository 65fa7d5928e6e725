"""The log by what it says: entries and revisions that meet a query, page by page."""

# ruff: noqa: S608 - columns and tables are constants of ours, values are always bound

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graph_service.model.delta import RULES
from graph_service.model.revision import LogEntry, Operation, RecordType, Revision
from graph_service.store.log_query import LogQuery, folded
from graph_service.store.plain import askable
from graph_service.store.sqlite.reading import position_of
from graph_service.store.sqlite.rows import (
    ENTRY_COLUMNS,
    ENTRY_TABLES,
    REVISION_COLUMNS,
    as_list,
    entry_from_row,
    revision_from_row,
    short_hash,
)

_ROWS_AT_ONCE = 500

_OF_SUBJECT = """
SELECT entry.position FROM ci JOIN entry ON entry.ci = ci.ordinal WHERE ci.id = :{name};
SELECT entry.position FROM relationship JOIN entry ON entry.relationship = relationship.number
WHERE relationship.id_hash = :{name}_hash AND relationship.id = :{name};
SELECT entry.position FROM ci JOIN relationship ON relationship.source = ci.ordinal
JOIN entry ON entry.relationship = relationship.number WHERE ci.id = :{name};
SELECT entry.position FROM ci JOIN relationship ON relationship.target = ci.ordinal
JOIN entry ON entry.relationship = relationship.number WHERE ci.id = :{name}
"""
"""Where the log speaks of a CI, of a relationship, or of the relationships of a CI."""

_RULES = (
    "entry.ci IS NULL AND entry.relationship IS NULL AND json_extract(entry.payload, '$[1].id') ="
)
_IS_OF_TYPE = {
    RecordType.CI: "entry.ci IS NOT NULL",
    RecordType.RELATIONSHIP: "entry.relationship IS NOT NULL",
    **{of_type: f"({_RULES} '{kind}')" for kind, of_type in RULES.items()},
}
_OF_CIS = "SELECT position FROM entry INDEXED BY entry_of_cis WHERE ci IS NOT NULL"
_OF_RULES = (
    "SELECT position FROM entry INDEXED BY entry_of_rules WHERE ci IS NULL AND relationship IS NULL"
)
_OF_NAME = "SELECT position FROM entry_name WHERE name = :{name}"
_OF_OPERATION = "SELECT position FROM entry INDEXED BY entry_by_operation WHERE operation = :{name}"


def log(
    connection: sqlite3.Connection,
    query: LogQuery,
    *,
    after: tuple[int, int] | None,
    limit: int,
    newest_first: bool,
) -> list[LogEntry]:
    """Return a page of the entries that meet a query."""
    found = _selection(connection, query)
    if found is None or limit <= 0:
        return []
    if after is not None:
        revision, sequence = after
        if newest_first:
            found.end = min(found.end, position_of(connection, after))
        else:
            following = position_of(connection, (revision, sequence + 1))
            found.start = max(found.start, following)
    positions = found.positions(connection, limit, newest_first=newest_first)
    order = "DESC" if newest_first else "ASC"
    rows = connection.execute(
        f"SELECT {ENTRY_COLUMNS} FROM json_each(?) AS asked CROSS JOIN {ENTRY_TABLES}"
        f" WHERE entry.position = asked.value ORDER BY entry.position {order}",
        (str(positions),),
    )
    return [entry_from_row(row) for row in rows]


def log_count(connection: sqlite3.Connection, query: LogQuery) -> int:
    """Return how many entries meet a query."""
    found = _selection(connection, query)
    return 0 if found is None else found.count(connection)


def revisions(
    connection: sqlite3.Connection,
    query: LogQuery,
    *,
    after: int,
    limit: int,
    newest_first: bool,
) -> list[Revision]:
    """Return a page of the revisions that have an entry that meets a query."""
    found = _selection(connection, query)
    if found is None:
        return []
    order, bound = ("DESC", "<") if newest_first else ("ASC", ">")
    where, values = found.revisions_where()
    if after:
        where += f" AND revision.number {bound} :after"
    rows = connection.execute(
        f"SELECT {REVISION_COLUMNS} FROM revision WHERE {where}"
        f" ORDER BY revision.number {order} LIMIT :limit",
        {**values, "after": after, "limit": limit},
    )
    return [revision_from_row(row) for row in rows]


def revision_count(connection: sqlite3.Connection, query: LogQuery) -> int:
    """Return how many revisions have an entry that meets a query."""
    found = _selection(connection, query)
    if found is None:
        return 0
    where, values = found.revisions_where()
    (count,) = connection.execute(f"SELECT count(*) FROM revision WHERE {where}", values).fetchone()
    return int(count)


@dataclass(slots=True)
class _Selection:
    """A query as SQL.

    ``start`` and ``end`` bound positions, ``lowest`` and ``highest`` revisions. ``branches`` are
    selections of positions, all of which together are the only ones in question, each in the order
    of the log; without any, the log is walked. ``of_entry`` and ``of_revision`` are the conditions
    on what stands in a row.
    """

    start: int
    end: int
    lowest: int
    highest: int
    values: dict[str, Any] = field(default_factory=dict)
    branches: list[str] = field(default_factory=list)
    of_entry: list[str] = field(default_factory=list)
    of_revision: list[str] = field(default_factory=list)

    def positions(
        self, connection: sqlite3.Connection, limit: int, *, newest_first: bool
    ) -> list[int]:
        """Return the first positions that meet it."""
        if self.start >= self.end:
            return []
        if self.branches:
            return self._of_branches(connection, limit, newest_first=newest_first)
        order = "DESC" if newest_first else "ASC"
        rows = connection.execute(
            f"SELECT entry.position FROM {self._walk()} WHERE {self._where()}"
            f" ORDER BY {'revision.number ' + order + ',' if self.of_revision else ''}"
            f" entry.position {order} LIMIT :limit",
            {**self._bound(), "limit": limit},
        )
        return [position for (position,) in rows]

    def count(self, connection: sqlite3.Connection) -> int:
        """Return how many entries meet it."""
        if not (self.branches or self.of_entry):
            if not self.of_revision:
                return max(self.end - self.start, 0)
            (total,) = connection.execute(
                "SELECT coalesce(sum(entry_count), 0) FROM revision WHERE"
                f" {self._where_revision()}",
                self._bound(),
            ).fetchone()
            return int(total)
        within = f" AND entry.position IN ({self._compound()})" if self.branches else ""
        (total,) = connection.execute(
            f"SELECT count(*) FROM {self._walk()} WHERE {self._where()}{within}", self._bound()
        ).fetchone()
        return int(total)

    def revisions_where(self) -> tuple[str, dict[str, Any]]:
        """Return the condition on a revision that one of its entries meets it."""
        where = self._where_revision()
        if self.branches:
            where += (
                " AND revision.number IN (SELECT entry.revision FROM entry WHERE"
                f" entry.position IN ({self._compound()}) AND {self._where_entry()})"
            )
        elif self.of_entry:
            where += (
                " AND EXISTS (SELECT 1 FROM entry WHERE"
                " entry.position >= revision.first_position AND"
                " entry.position < revision.first_position + revision.entry_count"
                f" AND {self._where_entry()})"
            )
        return where, self._bound()

    def _of_branches(
        self, connection: sqlite3.Connection, limit: int, *, newest_first: bool
    ) -> list[int]:
        """Go through the positions in question until enough of them meet the rest."""
        order = "DESC" if newest_first else "ASC"
        cursor = connection.execute(
            f"{self._compound()} ORDER BY position {order}",
            self._bound(),
        )
        found: list[int] = []
        while len(found) < limit and (rows := cursor.fetchmany(_ROWS_AT_ONCE)):
            asked = str([position for (position,) in rows])
            kept = connection.execute(
                f"SELECT entry.position FROM json_each(:asked) AS asked CROSS JOIN entry"
                f" ON entry.position = asked.value{self._with_revision()} WHERE {self._where()}"
                f" ORDER BY entry.position {order}",
                {**self._bound(), "asked": asked},
            )
            found += [position for (position,) in kept]
        return found[:limit]

    def _compound(self) -> str:
        bounded = (f"{each} AND position >= :start AND position < :end" for each in self.branches)
        return " UNION ".join(bounded)

    def _walk(self) -> str:
        if not self.of_revision:
            return "entry"
        if self.branches:
            return "entry JOIN revision ON revision.number = entry.revision"
        return (
            "revision CROSS JOIN entry ON entry.position >= revision.first_position"
            " AND entry.position < revision.first_position + revision.entry_count"
        )

    def _with_revision(self) -> str:
        joined = " CROSS JOIN revision ON revision.number = entry.revision"
        return joined if self.of_revision else ""

    def _where(self) -> str:
        where = self._where_entry()
        return f"{where} AND {self._where_revision()}" if self.of_revision else where

    def _where_entry(self) -> str:
        bounds = ("entry.position >= :start", "entry.position < :end")
        return " AND ".join((*bounds, *self.of_entry))

    def _where_revision(self) -> str:
        bounds = ("revision.number >= :lowest", "revision.number <= :highest")
        return " AND ".join((*bounds, *self.of_revision))

    def _bound(self) -> dict[str, Any]:
        return {
            **self.values,
            "start": self.start,
            "end": self.end,
            "lowest": self.lowest,
            "highest": self.highest,
        }


def _selection(connection: sqlite3.Connection, query: LogQuery) -> _Selection | None:
    """Return a query as SQL, or ``None`` if nothing can meet it."""
    bounds = _bounds(connection, query)
    if bounds is None:
        return None
    found = _Selection(*bounds)
    _put_record_types(found, query)
    _put_revision_conditions(connection, found, query)
    if query.operations:
        names = _put(found, "operation", [each.value for each in sorted(query.operations)])
        found.of_entry.append(f"entry.operation IN ({_listed(names)})")
    numbers = _name_numbers(connection, query)
    if query.names:
        if not numbers:
            return None
        names = _put(found, "changed", numbers)
        found.of_entry.append(
            "EXISTS (SELECT 1 FROM entry_name WHERE entry_name.position = entry.position"
            f" AND entry_name.name IN ({_listed(names)}))"
        )
    found.branches = [*_branches(found, query, len(numbers))]
    return found


def _branches(found: _Selection, query: LogQuery, name_count: int) -> Iterator[str]:
    """Yield how to find the few positions in question, where the query tells."""
    if query.subjects:
        for index, each in enumerate(sorted(query.subjects)):
            name = f"subject{index}"
            found.values |= {name: askable(each), f"{name}_hash": short_hash(each)}
            ways = _OF_SUBJECT.format(name=name).split(";")
            yield from (
                [f"{_OF_RULES} AND json_extract(payload, '$[1].id') = :{name}"]
                if each in RULES
                else ways
            )
    elif query.run or query.change:
        return
    elif query.names:
        yield from (_OF_NAME.format(name=f"changed{index}") for index in range(name_count))
    elif query.operations and Operation.CREATED not in query.operations:
        # Most entries of most logs are creations: there the walk itself is quick.
        operations = range(len(query.operations))
        yield from (_OF_OPERATION.format(name=f"operation{index}") for index in operations)
    elif query.record_types and RecordType.RELATIONSHIP not in query.record_types:
        # Most entries of most logs are about relationships: they are passed over.
        if RecordType.CI in query.record_types:
            yield _OF_CIS
        if query.record_types - {RecordType.CI}:
            yield _OF_RULES


def _put_record_types(found: _Selection, query: LogQuery) -> None:
    if query.record_types:
        wanted = (_IS_OF_TYPE[each] for each in sorted(query.record_types))
        found.of_entry.append(f"({' OR '.join(wanted)})")


def _put_revision_conditions(
    connection: sqlite3.Connection, found: _Selection, query: LogQuery
) -> None:
    for column, wanted in (("run", query.run), ("change", query.change)):
        if wanted:
            found.values[column] = askable(wanted)
            found.of_revision.append(f"revision.{column} = :{column}")
    if query.actors:
        listed = _listed(_put(found, "actor", [askable(each) for each in sorted(query.actors)]))
        # The sign keeps the planner from an index on actors, after which it would have to sort all
        # entries of all their revisions to give the first few.
        found.of_revision.append(
            f"(+revision.actor_id IN ({listed}) OR +revision.actor_name IN ({listed}))"
        )
    if query.reason:
        connection.create_function("folded", 1, folded, deterministic=True)
        found.values["reason"] = folded(askable(query.reason))
        found.of_revision.append("instr(folded(revision.reason), :reason) > 0")


def _name_numbers(connection: sqlite3.Connection, query: LogQuery) -> list[int]:
    rows = connection.execute(
        "SELECT number FROM json_each(?) AS asked CROSS JOIN changed_name"
        " ON changed_name.name = asked.value ORDER BY number",
        (as_list(query.names),),
    )
    return [number for (number,) in rows]


def _put(found: _Selection, name: str, values: list[Any]) -> list[str]:
    """Bind values, and return the names they are bound to."""
    names = [f"{name}{index}" for index in range(len(values))]
    found.values |= dict(zip(names, values, strict=True))
    return names


def _listed(names: list[str]) -> str:
    return ", ".join(f":{each}" for each in names)


def _bounds(connection: sqlite3.Connection, query: LogQuery) -> tuple[int, int, int, int] | None:
    """Return the positions and revisions in question: first and one past the last; both ends."""
    (newest,) = connection.execute("SELECT revision FROM head").fetchone()
    lowest, highest = max(query.first, 1), min(query.last or newest, newest)
    # Instants never go back, so what lies between two of them lies between two revisions.
    if query.since:
        lowest = max(lowest, _number(connection, ">=", query.since, newest + 1))
    if query.until:
        highest = min(highest, _number(connection, ">", query.until, newest + 1) - 1)
    if lowest > highest:
        return None
    (start,) = connection.execute(
        "SELECT first_position FROM revision WHERE number = ?", (lowest,)
    ).fetchone()
    (end,) = connection.execute(
        "SELECT first_position + entry_count FROM revision WHERE number = ?", (highest,)
    ).fetchone()
    return start, end, lowest, highest


def _number(connection: sqlite3.Connection, bound: str, at: str, otherwise: int) -> int:
    row = connection.execute(
        f"SELECT number FROM revision WHERE at {bound} ? ORDER BY at, number LIMIT 1", (at,)
    ).fetchone()
    return otherwise if row is None else int(row[0])
