"""Queries for CIs, relationships, claims and records by what they are called."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import LiteralString

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.delta import Record
from graph_service.model.relationship import Relationship
from graph_service.store.graph_store import ClaimIndex
from graph_service.store.neo4j.log_mapping import claim_of, record_of
from graph_service.store.neo4j.mapping import (
    as_cypher_type,
    ci_of,
    relationship_of,
)
from graph_service.store.neo4j.properties import indexable, uid_of
from graph_service.store.neo4j.transactions import Transaction, value
from graph_service.store.plain import askable

_CIS: LiteralString = """
MATCH (n:CI) USING INDEX n:CI(uid) WHERE n.uid IN $ids RETURN collect(properties(n))
"""
_ENDS: LiteralString = """
MATCH (n:CI) USING INDEX n:CI(uid) WHERE n.uid IN $ids
RETURN collect(n {.uid, .key, .wholeKey, .name, .wholeName, .class, .presence, .revision})
"""
_CIS_BY_KEY: LiteralString = """
MATCH (n:CI) USING INDEX n:CI(key)
WHERE n.key IN $indexed AND coalesce(n.wholeKey, n.key) IN $keys
RETURN collect(properties(n))
"""
_CIS_BY_NAME: LiteralString = """
MATCH (n:CI) USING INDEX n:CI(name)
WHERE n.name = $indexed AND coalesce(n.wholeName, n.name) = $name AND NOT n:Retired
WITH n ORDER BY n.uid LIMIT $limit
RETURN collect(properties(n))
"""
_TYPES: LiteralString = """
SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties
WHERE type STARTS WITH 'RELATIONSHIP_' AND type ENDS WITH 'UNIQUENESS' AND properties = ['uid']
RETURN collect(labelsOrTypes[0])
"""
_RETIRED_RELATIONSHIPS: LiteralString = """
MATCH (n:RetiredRelationship) USING INDEX n:RetiredRelationship(uid) WHERE n.uid IN $ids
RETURN collect([n.type, n.source, n.target, properties(n)])
"""
_RELATIONSHIPS_OF: LiteralString = """
UNWIND $ids AS id
MATCH (n:CI {uid: id}) USING INDEX n:CI(uid)
MATCH (n)-[r]-(:CI)
WHERE r.uid IS NOT NULL
RETURN collect([type(r), startNode(r).uid, endNode(r).uid, properties(r)])
"""
_RETIRED_RELATIONSHIPS_OF: LiteralString = """
CALL () {
  MATCH (n:RetiredRelationship) WHERE n.source IN $ids RETURN n
  UNION
  MATCH (n:RetiredRelationship) WHERE n.target IN $ids RETURN n
}
RETURN collect([n.type, n.source, n.target, properties(n)])
"""
_CLAIMS: LiteralString = """
MATCH (n:Claim) USING INDEX n:Claim(uid) WHERE n.uid IN $uids RETURN collect(properties(n))
"""
_CLAIMS_OF: LiteralString = """
MATCH (n:Claim) USING INDEX n:Claim(subject) WHERE n.subject IN $ids
RETURN collect(properties(n))
"""
_CLAIM_INDEX: LiteralString = """
MATCH (n:Claim) USING INDEX n:Claim(dataSource)
WHERE n.dataSource = $indexed AND coalesce(n.wholeDataSource, n.dataSource) = $data_source
RETURN [collect(n.nativeKey), collect(n.subject), collect(n.scope), collect(n.digest),
        collect(n.live)]
"""
_RECORD: LiteralString = """
MATCH (n:Record) USING INDEX n:Record(uid) WHERE n.uid = $uid RETURN collect(properties(n))
"""
_RECORDS_OF_KIND: LiteralString = "MATCH (n:Record) WHERE n.kind = $kind"
_IN_GROUP: LiteralString = (
    " AND n.group = $indexed_group AND coalesce(n.wholeGroup, n.group) = $group"
)
_AFTER_RECORD: LiteralString = """
  AND n.id >= $indexed AND (n.id > $indexed OR coalesce(n.wholeId, n.id) > $after)
WITH n ORDER BY n.id, coalesce(n.wholeId, n.id) LIMIT $limit
RETURN collect(properties(n))
"""
_BEFORE_RECORD: LiteralString = """
  AND n.id <= $indexed AND (n.id < $indexed OR coalesce(n.wholeId, n.id) < $after)
WITH n ORDER BY n.id DESC, coalesce(n.wholeId, n.id) DESC LIMIT $limit
RETURN collect(properties(n))
"""
_NEWEST_RECORDS: LiteralString = """
  AND n.id >= ''
WITH n ORDER BY n.id DESC, coalesce(n.wholeId, n.id) DESC LIMIT $limit
RETURN collect(properties(n))
"""
_COUNT_RECORDS: LiteralString = " RETURN count(n)"


@dataclass(frozen=True, slots=True)
class PageOfRecords:
    """Which page of the records of a kind; see ``GraphStore.records``."""

    kind: str
    group: str | None
    after: str
    limit: int
    newest_first: bool


def storable(texts: Iterable[str]) -> list[str]:
    """Return the texts that can be in a store at all; half characters cannot even be asked for."""
    return [each for each in texts if askable(each) == each]


async def cis(tx: Transaction, ids: Collection[str]) -> list[CI]:
    """Return those of these CIs that exist."""
    if not ids:
        return []
    return [ci_of(each) for each in await value(tx, _CIS, ids=storable(ids))]


async def ends(tx: Transaction, ids: Collection[str]) -> list[CI]:
    """Return CIs without their attributes: enough to draw a relationship to them."""
    return [ci_of(each) for each in await value(tx, _ENDS, ids=[*ids])] if ids else []


async def cis_by_key(tx: Transaction, keys: Collection[str]) -> list[CI]:
    """Return the CIs that have one of these keys."""
    if not keys:
        return []
    whole = storable(keys)
    found = await value(tx, _CIS_BY_KEY, keys=whole, indexed=[indexable(each) for each in whole])
    return [ci_of(each) for each in found]


async def cis_by_name(tx: Transaction, name: str, limit: int) -> list[CI]:
    """Return CIs of exactly this name that are not retired, by id."""
    name = askable(name)
    found = await value(tx, _CIS_BY_NAME, name=name, indexed=indexable(name), limit=limit)
    return [ci_of(each) for each in found]


async def relationships(tx: Transaction, ids: Collection[str]) -> list[Relationship]:
    """Return those of these relationships that exist, whatever their type."""
    if not ids:
        return []
    return await relationships_by_type(tx, dict.fromkeys(await value(tx, _TYPES), ids))


async def relationships_by_type(
    tx: Transaction, ids: Mapping[str, Collection[str]]
) -> list[Relationship]:
    """Return those of these relationships that are retired, or of the type they are asked under."""
    wanted = storable({each for of_type in ids.values() for each in of_type})
    if not wanted:
        return []
    found = await value(tx, _RETIRED_RELATIONSHIPS, ids=wanted)
    if ids:
        types = sorted(ids)
        found += await value(tx, _by_type(types), ids=[storable(ids[each]) for each in types])
    return [relationship_of(each) for each in found]


def _by_type(types: Iterable[str]) -> LiteralString:
    """Write the query that looks into the index of each type; an index of Neo4j is of one type."""
    branches = "\n  UNION ALL\n".join(
        f"  MATCH (a)-[r:{quoted}]->(b) USING INDEX r:{quoted}(uid)\n"
        f"  WHERE r.uid IN $ids[{position}] RETURN a, r, b"
        for position, each in enumerate(types)
        if (quoted := as_cypher_type(each))  # letters, digits and underscores between quotes
    )
    return f"CALL () {{\n{branches}\n}}\nRETURN collect([type(r), a.uid, b.uid, properties(r)])"


async def relationships_of(
    tx: Transaction, ci_ids: Collection[str], *, include_retired: bool
) -> list[Relationship]:
    """Return all relationships that have one of these CIs as an end, by id."""
    ids = storable(ci_ids)
    found = await value(tx, _RELATIONSHIPS_OF, ids=ids)
    if include_retired:
        found += await value(tx, _RETIRED_RELATIONSHIPS_OF, ids=ids)
    # Between two of these CIs a relationship is found from both ends.
    by_id = {each[3]["uid"]: each for each in found}
    return [relationship_of(row) for _, row in sorted(by_id.items())]


async def claims(tx: Transaction, keys: Iterable[tuple[str, str]]) -> list[Claim]:
    """Return the claims under these pairs of data source and native key."""
    uids = [uid_of(*map(askable, each)) for each in keys]
    return [claim_of(each) for each in await value(tx, _CLAIMS, uids=uids)] if uids else []


async def claims_of(tx: Transaction, subjects: Collection[str]) -> list[Claim]:
    """Return the claims about these CIs and relationships, by data source and native key."""
    found = [claim_of(each) for each in await value(tx, _CLAIMS_OF, ids=storable(subjects))]
    return sorted(found, key=lambda each: (each.data_source, each.native_key))


async def claim_index(tx: Transaction, data_source: str) -> ClaimIndex:
    """Return all claims of a data source as columns, by native key."""
    data_source = askable(data_source)
    columns = await value(tx, _CLAIM_INDEX, data_source=data_source, indexed=indexable(data_source))
    rows = sorted(zip(*columns, strict=True))
    return ClaimIndex(*zip(*rows, strict=True)) if rows else ClaimIndex((), (), (), (), ())


async def record(tx: Transaction, kind: str, record_id: str) -> Record | None:
    """Return a record that is not part of the graph."""
    found = await value(tx, _RECORD, uid=uid_of(askable(kind), askable(record_id)))
    return record_of(found[0]) if found else None


async def records(tx: Transaction, page: PageOfRecords) -> list[Record]:
    """Return a page of the records of a kind, by id."""
    query = _of_kind(page.group)
    if page.newest_first:
        query += _BEFORE_RECORD if page.after else _NEWEST_RECORDS
    else:
        query += _AFTER_RECORD
    found = await value(
        tx,
        query,
        **_kind_parameters(page.kind, page.group),
        after=askable(page.after),
        indexed=indexable(askable(page.after)),
        limit=page.limit,
    )
    return [record_of(each) for each in found]


async def record_count(tx: Transaction, kind: str, group: str | None) -> int:
    """Return how many records of a kind there are."""
    query = _of_kind(group) + _COUNT_RECORDS
    return int(await value(tx, query, **_kind_parameters(kind, group)))


def _of_kind(group: str | None) -> LiteralString:
    return _RECORDS_OF_KIND + (_IN_GROUP if group is not None else "")


def _kind_parameters(kind: str, group: str | None) -> dict[str, str]:
    group = askable(group or "")
    return {"kind": askable(kind), "group": group, "indexed_group": indexable(group)}
