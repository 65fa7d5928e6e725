"""The log by what it says: queries for entries and revisions, page by page.

Left to itself the planner takes an index whose order suits it and filters all of the log; so each
way to the few entries in question is spelled out, and the parts are joined here. All text of a
query comes from this module: what is asked for is always a parameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

from graph_service.model.revision import LogEntry, Operation, Revision
from graph_service.store.log_query import LogQuery, folded
from graph_service.store.neo4j.log_mapping import entry_of, revision_of
from graph_service.store.neo4j.transactions import Transaction, read_head, value
from graph_service.store.plain import askable

_ENTRIES_AT_ONCE = 2_000
_REVISIONS_AT_ONCE = 500
_NO_BOUND = 2**62

_WAYS: dict[str, LiteralString] = {
    "place": "MATCH (n:LogEntry) USING INDEX SEEK n:LogEntry(revision, sequence) WHERE true",
    "revisions": "MATCH (n:LogEntry) USING INDEX SEEK n:LogEntry(revision, sequence)"
    " WHERE n.revision IN $numbers",
    "recordId": "MATCH (n:LogEntry) USING INDEX SEEK n:LogEntry(recordId, revision, sequence)"
    " WHERE n.recordId = $subject",
    "subjectA": "MATCH (n:LogEntry) USING INDEX SEEK n:LogEntry(subjectA, revision, sequence)"
    " WHERE n.subjectA = $subject",
    "subjectB": "MATCH (n:LogEntry) USING INDEX SEEK n:LogEntry(subjectB, revision, sequence)"
    " WHERE n.subjectB = $subject",
    "operation": "MATCH (n:LogEntry) USING INDEX SEEK n:LogEntry(operation, revision, sequence)"
    " WHERE n.operation = $operation",
}
_SUBJECT_WAYS = ("recordId", "subjectA", "subjectB")

_WITHIN: LiteralString = " AND n.revision >= $lowest AND n.revision <= $highest AND n.sequence >= 0"
_BEFORE: LiteralString = " AND (n.revision < $revision OR n.sequence < $sequence)"
_AFTER: LiteralString = " AND (n.revision > $revision OR n.sequence > $sequence)"
_NEWEST_FIRST: LiteralString = (
    " WITH n ORDER BY n.revision DESC, n.sequence DESC LIMIT $limit RETURN collect(properties(n))"
)
_OLDEST_FIRST: LiteralString = (
    " WITH n ORDER BY n.revision, n.sequence LIMIT $limit RETURN collect(properties(n))"
)
_PLACES: LiteralString = " RETURN collect([n.revision, n.sequence])"
_COUNT: LiteralString = " RETURN count(n)"

_OF_TYPES: LiteralString = " AND n.recordType IN $record_types"
_OF_OPERATIONS: LiteralString = " AND n.operation IN $operations"
_OF_NAMES: LiteralString = " AND any(name IN n.names WHERE name IN $names)"

_REVISIONS: LiteralString = "MATCH (r:Revision) WHERE r.number >= $lowest AND r.number <= $highest"
_BY_RUN: LiteralString = " AND r.run = $run"
_BY_CHANGE: LiteralString = " AND r.change = $change"
_BY_ACTOR: LiteralString = " AND (r.actorId IN $actors OR r.actorName IN $actors)"
_BY_REASON: LiteralString = " AND r.reasonFolded CONTAINS $reason"
_NUMBERS_DOWN: LiteralString = (
    " WITH r ORDER BY r.number DESC LIMIT $limit RETURN collect([r.number, r.entryCount])"
)
_NUMBERS_UP: LiteralString = (
    " WITH r ORDER BY r.number LIMIT $limit RETURN collect([r.number, r.entryCount])"
)
_HEADERS_DOWN: LiteralString = (
    " WITH r ORDER BY r.number DESC LIMIT $limit RETURN collect(properties(r))"
)
_HEADERS_UP: LiteralString = " WITH r ORDER BY r.number LIMIT $limit RETURN collect(properties(r))"
_SUM: LiteralString = " RETURN [count(r), coalesce(sum(r.entryCount), 0)]"
_THOSE: LiteralString = " AND r.number IN $numbers"
_HAS_ENTRY: LiteralString = (
    " AND EXISTS { MATCH (n:LogEntry) USING INDEX SEEK n:LogEntry(revision, sequence)"
    " WHERE n.revision = r.number AND n.sequence >= 0"
)
_FIRST_AT: LiteralString = (
    "MATCH (r:Revision) WHERE r.at >= $at AND r.number > 0"
    " WITH r ORDER BY r.at, r.number LIMIT 1 RETURN collect(r.number)"
)
_FIRST_AFTER: LiteralString = (
    "MATCH (r:Revision) WHERE r.at > $at AND r.number > 0"
    " WITH r ORDER BY r.at, r.number LIMIT 1 RETURN collect(r.number)"
)

Place = tuple[int, int]


async def log(
    tx: Transaction,
    query: LogQuery,
    *,
    after: Place | None,
    limit: int,
    newest_first: bool,
) -> list[LogEntry]:
    """Return a page of the entries that meet a query."""
    found = await _selection(tx, query)
    if found is None or limit <= 0:
        return []
    page = _Page(after, limit, newest_first)
    return [entry_of(each) for each in await found.entries(tx, page)]


async def log_count(tx: Transaction, query: LogQuery) -> int:
    """Return how many entries meet a query."""
    found = await _selection(tx, query)
    if found is None:
        return 0
    if not query.asks_of_entry:
        return int((await value(tx, found.headers + _SUM, **found.parameters))[1])
    if found.branches:
        return len(await found.places(tx))
    if query.asks_of_revision:
        return await found.counted(tx)
    counting = _WAYS["place"] + _WITHIN + found.of_entry + _COUNT
    return int(await value(tx, counting, **found.parameters))


async def revisions(
    tx: Transaction, query: LogQuery, *, after: int, limit: int, newest_first: bool
) -> list[Revision]:
    """Return a page of the revisions that have an entry that meets a query."""
    found = await _selection(tx, query)
    if found is None:
        return []
    lowest, highest = found.parameters["lowest"], found.parameters["highest"]
    if after:
        lowest, highest = (
            (lowest, min(highest, after - 1))
            if newest_first
            else (
                max(lowest, after + 1),
                highest,
            )
        )
    asked = await found.headers_with_entries(tx)
    ordered = _HEADERS_DOWN if newest_first else _HEADERS_UP
    parameters = {**found.parameters, "lowest": lowest, "highest": highest, "limit": limit}
    return [revision_of(each) for each in await value(tx, asked + ordered, **parameters)]


async def revision_count(tx: Transaction, query: LogQuery) -> int:
    """Return how many revisions have an entry that meets a query."""
    found = await _selection(tx, query)
    if found is None:
        return 0
    asked = await found.headers_with_entries(tx)
    return int((await value(tx, asked + _SUM, **found.parameters))[0])


@dataclass(frozen=True, slots=True)
class _Page:
    """Which page."""

    after: Place | None
    limit: int
    newest_first: bool

    @property
    def bound(self) -> LiteralString:
        """The condition that an entry comes after the page before."""
        return _BEFORE if self.newest_first else _AFTER

    @property
    def order(self) -> LiteralString:
        """How to end a query for entries."""
        return _NEWEST_FIRST if self.newest_first else _OLDEST_FIRST

    def within(self, lowest: int, highest: int) -> dict[str, Any]:
        """Return the bounds of the page as parameters."""
        ends = (_NO_BOUND, 0) if self.newest_first else (-1, 0)
        revision, sequence = self.after or ends
        return {
            "lowest": lowest if self.newest_first else max(lowest, revision),
            "highest": min(highest, revision) if self.newest_first else highest,
            "revision": revision,
            "sequence": sequence,
            "limit": self.limit,
        }

    def cut(self, found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the page out of what several ways found."""
        by_place = {(each["revision"], each["sequence"]): each for each in found}
        order = sorted(by_place, reverse=self.newest_first)
        return [by_place[each] for each in order[: self.limit]]


@dataclass(slots=True)
class _Selection:
    """A query as Cypher.

    ``branches`` are the ways to the only entries in question, each with its parameters; without
    any, the log is walked. ``headers`` finds the revisions in question.
    """

    parameters: dict[str, Any]
    of_entry: LiteralString = ""
    of_revision: LiteralString = ""
    branches: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def headers(self) -> LiteralString:
        """The revisions in question, whatever their entries."""
        return _REVISIONS + self.of_revision

    async def entries(self, tx: Transaction, page: _Page) -> list[dict[str, Any]]:
        """Return the properties of a page of entries."""
        bounds = page.within(self.parameters["lowest"], self.parameters["highest"])
        if self.of_revision:
            return await self._of_revisions(tx, page, bounds)
        found: list[dict[str, Any]] = []
        for way, parameters in self.branches or [("place", {})]:
            asked = _WAYS[way] + _WITHIN + page.bound + self.of_entry + page.order
            found += await value(tx, asked, **{**self.parameters, **bounds, **parameters})
        return page.cut(found)

    async def _of_revisions(
        self, tx: Transaction, page: _Page, bounds: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Go through the revisions in question until enough of their entries meet the rest."""
        ordered = _NUMBERS_DOWN if page.newest_first else _NUMBERS_UP
        found: list[dict[str, Any]] = []
        while len(found) < page.limit:
            several = {**self.parameters, **bounds, "limit": _REVISIONS_AT_ONCE}
            headers = await value(tx, self.headers + ordered, **several)
            for some in _by_size(headers):
                for way, parameters in self.branches or [("revisions", {})]:
                    asked = _WAYS[way] + _WITHIN + page.bound + self.of_entry
                    if way != "revisions":
                        asked += " AND n.revision IN $numbers"
                    given = {**self.parameters, **bounds, **parameters, "numbers": some}
                    found += await value(tx, asked + page.order, **given)
                if len(found) >= page.limit:
                    break
            if len(headers) < _REVISIONS_AT_ONCE:
                break
            last = headers[-1][0]
            bounds |= {"highest": last - 1} if page.newest_first else {"lowest": last + 1}
        return page.cut(found)

    async def places(self, tx: Transaction) -> set[Place]:
        """Return where the entries stand that meet a query with branches."""
        found: set[Place] = set()
        for way, parameters in self.branches:
            asked = _WAYS[way] + _WITHIN + self.of_entry + _PLACES
            rows = await value(tx, asked, **{**self.parameters, **parameters})
            found.update((revision, sequence) for revision, sequence in rows)
        if self.of_revision and found:
            numbers = await self._those({revision for revision, _ in found}, tx)
            found = {each for each in found if each[0] in numbers}
        return found

    async def counted(self, tx: Transaction) -> int:
        """Return how many entries of the revisions in question meet the rest."""
        total, highest = 0, self.parameters["highest"]
        while True:
            given = {**self.parameters, "highest": highest, "limit": _REVISIONS_AT_ONCE}
            headers = await value(tx, self.headers + _NUMBERS_DOWN, **given)
            for some in _by_size(headers):
                asked = _WAYS["revisions"] + _WITHIN + self.of_entry + _COUNT
                total += await value(tx, asked, **{**self.parameters, "numbers": some})
            if len(headers) < _REVISIONS_AT_ONCE:
                return total
            highest = headers[-1][0] - 1

    async def headers_with_entries(self, tx: Transaction) -> LiteralString:
        """Return the query for revisions that have an entry that meets the rest."""
        if self.branches:
            places = await self.places(tx)
            self.parameters["numbers"] = sorted({revision for revision, _ in places})
            return self.headers + _THOSE
        if self.of_entry:
            return self.headers + _HAS_ENTRY + self.of_entry + "}"
        return self.headers

    async def _those(self, numbers: set[int], tx: Transaction) -> set[int]:
        given = {**self.parameters, "numbers": sorted(numbers), "limit": len(numbers)}
        rows = await value(tx, self.headers + _THOSE + _NUMBERS_UP, **given)
        return {number for number, _ in rows}


async def _selection(tx: Transaction, query: LogQuery) -> _Selection | None:
    """Return a query as Cypher, or ``None`` if nothing can meet it."""
    bounds = await _bounds(tx, query)
    if bounds is None:
        return None
    found = _Selection({"lowest": bounds[0], "highest": bounds[1]})
    if query.record_types:
        found.parameters["record_types"] = [each.value for each in query.record_types]
        found.of_entry += _OF_TYPES
    if query.operations:
        found.parameters["operations"] = [each.value for each in query.operations]
        found.of_entry += _OF_OPERATIONS
    if query.names:
        found.parameters["names"] = [askable(each) for each in query.names]
        found.of_entry += _OF_NAMES
    _put_revision_conditions(found, query)
    found.branches = _branches(query)
    return found


def _put_revision_conditions(found: _Selection, query: LogQuery) -> None:
    if query.run:
        found.parameters["run"] = askable(query.run)
        found.of_revision += _BY_RUN
    if query.change:
        found.parameters["change"] = askable(query.change)
        found.of_revision += _BY_CHANGE
    if query.actors:
        found.parameters["actors"] = [askable(each) for each in query.actors]
        found.of_revision += _BY_ACTOR
    if query.reason:
        found.parameters["reason"] = folded(askable(query.reason))
        found.of_revision += _BY_REASON


def _branches(query: LogQuery) -> list[tuple[str, dict[str, Any]]]:
    """Return the ways to the few entries in question, where the query tells."""
    if query.subjects:
        return [
            (way, {"subject": askable(each)})
            for each in sorted(query.subjects)
            for way in _SUBJECT_WAYS
        ]
    if query.run or query.change or not query.operations:
        return []
    if Operation.CREATED in query.operations:
        return []  # most entries of most logs are creations: there the walk itself is quick
    return [("operation", {"operation": each.value}) for each in sorted(query.operations)]


def _by_size(headers: Sequence[Sequence[int]]) -> list[list[int]]:
    """Part revisions so that those of a part have about so many entries together."""
    parts: list[list[int]] = []
    total = _ENTRIES_AT_ONCE
    for number, count in headers:
        if total + count > _ENTRIES_AT_ONCE:
            parts.append([])
            total = 0
        parts[-1].append(number)
        total += count
    return parts


async def _bounds(tx: Transaction, query: LogQuery) -> tuple[int, int] | None:
    """Return the first and the last revision in question."""
    newest = (await read_head(tx)).revision
    lowest, highest = max(query.first, 1), min(query.last or newest, newest)
    # Instants never go back, so what lies between two of them lies between two revisions.
    if query.since:
        found = await value(tx, _FIRST_AT, at=query.since)
        lowest = max(lowest, *found) if found else newest + 1
    if query.until:
        found = await value(tx, _FIRST_AFTER, at=query.until)
        highest = min(highest, found[0] - 1) if found else highest
    return (lowest, highest) if lowest <= highest else None
