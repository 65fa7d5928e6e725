"""A delta: what must be read before it is settled, and how the outcome is written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.delta import GraphDelta
from graph_service.model.ids import CIId, relationship_id
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head
from graph_service.store.ledger import Settled, Touched, keys_in_question, names_given_up
from graph_service.store.neo4j import log_mapping, mapping, reading
from graph_service.store.neo4j.mapping import Lineage
from graph_service.store.neo4j.properties import Properties, uid_of
from graph_service.store.neo4j.transactions import Transaction, move_head, run, value

ROWS_PER_STATEMENT = 2_500

# Labels are parameters, so no text of a class becomes Cypher. They are set on a node that is found
# by its static label and key: an index is never asked for a label that is only known at run time.
_CREATE_CIS: LiteralString = """
UNWIND $rows AS row
CREATE (n:CI:$(row.labels)) SET n = row.properties
"""
_UPDATE_CIS: LiteralString = """
UNWIND $rows AS row
MATCH (n:CI {uid: row.properties.uid}) USING INDEX n:CI(uid)
WITH n, row, n.ordinal AS ordinal
SET n = row.properties, n.ordinal = ordinal
REMOVE n:$([label IN labels(n) WHERE label <> 'CI'])
SET n:$(row.labels)
"""
_CREATE_RELATIONSHIPS: LiteralString = """
UNWIND $rows AS row
MATCH (source:CI {uid: row.source}) USING INDEX source:CI(uid)
MATCH (target:CI {uid: row.target}) USING INDEX target:CI(uid)
CREATE (source)-[r:$(row.type)]->(target) SET r = row.properties
"""
_UPDATE_RELATIONSHIPS: LiteralString = """
UNWIND $rows AS row
MATCH (source:CI {uid: row.source}) USING INDEX source:CI(uid)
MATCH (source)-[r {uid: row.properties.uid}]->(:CI)
SET r = row.properties
"""
_DELETE_RELATIONSHIPS: LiteralString = """
UNWIND $rows AS row
MATCH (source:CI {uid: row.source}) USING INDEX source:CI(uid)
MATCH (source)-[r {uid: row.uid}]->(:CI)
DELETE r
"""
_PUT_RETIRED: LiteralString = """
UNWIND $rows AS row
MERGE (n:RetiredRelationship {uid: row.uid}) SET n = row
"""
_DELETE_RETIRED: LiteralString = """
UNWIND $rows AS row
MATCH (n:RetiredRelationship {uid: row.uid}) USING INDEX n:RetiredRelationship(uid)
DELETE n
"""
_CREATE_CLAIMS: LiteralString = "UNWIND $rows AS row CREATE (n:Claim) SET n = row"
_UPDATE_CLAIMS: LiteralString = """
UNWIND $rows AS row
MATCH (n:Claim {uid: row.uid}) USING INDEX n:Claim(uid)
SET n = row
"""
_CREATE_REVISION: LiteralString = "UNWIND $rows AS row CREATE (n:Revision) SET n = row"
_CREATE_ENTRIES: LiteralString = "UNWIND $rows AS row CREATE (n:LogEntry) SET n = row"
_PUT_RECORDS: LiteralString = "UNWIND $rows AS row MERGE (n:Record {uid: row.uid}) SET n = row"
_REMOVE_RECORDS: LiteralString = """
UNWIND $rows AS row
MATCH (n:Record {uid: row.uid}) USING INDEX n:Record(uid)
DELETE n
"""

_FORMER_NAMES: LiteralString = (
    "MATCH (n:CI) USING INDEX n:CI(uid) WHERE n.uid IN $ids"
    f" AND {mapping.FORMER} IS NOT NULL RETURN collect([n.uid, {mapping.FORMER}])"
)

Statement = tuple[LiteralString, Sequence[Properties]]
FormerNames = Mapping[str, Collection[str]]


async def touched_by(tx: Transaction, delta: GraphDelta, head: Head) -> Touched:
    """Read the part of the store that a delta concerns."""
    rules = {
        each.kind: each
        for each in [await reading.record(tx, rules.kind, rules.id) for rules in delta.rules]
        if each
    }
    found_records = [await reading.record(tx, each.kind, each.id) for each in delta.expected]
    records = {(each.kind, each.id): each.data for each in found_records if each}
    if not delta.size:
        return Touched(rules=rules, records=records)
    claims = await reading.claims(
        tx, [(each.data_source, each.native_key) for each in delta.claims]
    )
    subjects: set[str] = {each.subject for each in (*delta.claims, *claims)}
    cis: dict[str, CI] = {}
    for found in (
        await reading.cis(tx, {each.id for each in delta.cis} | subjects),
        keyed := await reading.cis_by_key(tx, keys_in_question(delta, head)),
    ):
        cis |= {each.id: each for each in found}
    relationships = await _relationships_touched(tx, delta, claims, subjects - cis.keys())
    drawn = (*delta.relationships, *relationships)
    ends: set[str] = {end for each in drawn for end in (each.source, each.target)}
    cis |= {each.id: each for each in await reading.ends(tx, ends - cis.keys())}
    return Touched(
        cis=cis,
        relationships={each.id: each for each in relationships},
        claims={(each.data_source, each.native_key): each for each in claims},
        keys={each.key: each.id for each in keyed},
        rules=rules,
        records=records,
    )


async def _relationships_touched(
    tx: Transaction, delta: GraphDelta, claims: Iterable[Claim], subjects: set[str]
) -> list[Relationship]:
    ids: dict[str, set[str]] = {}
    anywhere: set[str] = set(subjects)
    for each in delta.relationships:
        _add(ids, anywhere, each.id, each.type, (each.source, each.target))
    for claim in (*delta.claims, *claims):
        if claim.subject in anywhere:
            content = claim.content
            ends = (content.get("source"), content.get("target"))
            _add(ids, anywhere, claim.subject, content.get("type"), ends)
    found = await reading.relationships_by_type(tx, ids)
    found += await reading.relationships(tx, anywhere)
    retiring = [each.id for each in delta.cis if each.presence is Presence.RETIRED]
    if retiring:
        found += await reading.relationships_of(tx, retiring, include_retired=False)
    return found


def _add(
    ids: dict[str, set[str]],
    anywhere: set[str],
    subject: str,
    relationship_type: object,
    ends: tuple[object, object],
) -> None:
    """Note where to look: an id that is made of ends and type can be of that type only."""
    source, target = ends
    anywhere.add(subject)
    if (
        isinstance(relationship_type, str)
        and isinstance(source, str)
        and isinstance(target, str)
        and subject == relationship_id(CIId(source), relationship_type, CIId(target))
    ):
        anywhere.discard(subject)
        ids.setdefault(relationship_type, set()).add(subject)


async def write(tx: Transaction, statements: Iterable[Statement]) -> None:
    """Run statements over their rows, some thousand at a time."""
    for statement, rows in statements:
        for start in range(0, len(rows), ROWS_PER_STATEMENT):
            await run(tx, statement, rows=rows[start : start + ROWS_PER_STATEMENT])


async def write_head(tx: Transaction, settled: Settled) -> None:
    """Move the head, if there is a revision."""
    if settled.revisions:
        await move_head(tx, settled.head)


async def former_names_of(tx: Transaction, settled: Settled) -> FormerNames:
    """Return all names that the CIs which are settled had before, by CI id."""
    known = [each.id for each in settled.cis if each.id not in settled.ordinals]
    had = dict(await value(tx, _FORMER_NAMES, ids=known)) if known else {}
    given_up = names_given_up(settled)
    return {ci_id: {*had.get(ci_id, ()), *given_up.get(ci_id, ())} for ci_id in {*had, *given_up}}


def statements(
    settled: Settled,
    delta: GraphDelta,
    touched: Touched,
    former_names: FormerNames,
    lineage: Lineage,
) -> list[Statement]:
    """Return what to run so that the store is as settled; rows are in the order of their keys."""
    return [
        *_of_cis(settled, former_names, lineage),
        *_of_relationships(settled.relationships, touched),
        *_of_claims(settled.claims, touched),
        (_CREATE_REVISION, [log_mapping.revision_properties(each) for each in settled.revisions]),
        (
            _CREATE_ENTRIES,
            [*map(log_mapping.entry_properties, settled.entries, settled.payloads)],
        ),
        (
            _PUT_RECORDS,
            _sorted(map(log_mapping.record_properties, (*delta.records, *settled.rules))),
        ),
        (
            _REMOVE_RECORDS,
            _sorted({"uid": uid_of(*each)} for each in delta.removed_records),
        ),
    ]


def _of_cis(settled: Settled, former_names: FormerNames, lineage: Lineage) -> list[Statement]:
    created: list[Properties] = []
    updated: list[Properties] = []
    for ci in sorted(settled.cis, key=lambda each: each.id):
        ordinal = settled.ordinals.get(ci.id)
        row = {
            "labels": _labels(ci, lineage),
            "properties": mapping.ci_properties(ci, ordinal, former_names.get(ci.id, ())),
        }
        (updated if ordinal is None else created).append(row)
    return [(_CREATE_CIS, created), (_UPDATE_CIS, updated)]


def _labels(ci: CI, lineage: Lineage) -> list[str]:
    if ci.presence is Presence.RETIRED:
        return ["Retired"]
    return mapping.labels(ci.class_name, lineage)


@dataclass(frozen=True, slots=True)
class _Move:
    """Where a relationship stood (living, a retired node, nowhere) and where it now stands."""

    relationship: Relationship
    was_living: bool
    was_retired: bool

    @property
    def is_living(self) -> bool:
        return self.relationship.presence is not Presence.RETIRED

    def living_row(self) -> Properties:
        """Return the row of a living relationship."""
        return {
            "source": self.relationship.source,
            "target": self.relationship.target,
            "type": self.relationship.type,
            "properties": mapping.relationship_properties(self.relationship),
        }

    def place(self) -> Properties:
        """Return where to find it."""
        return {"uid": self.relationship.id, "source": self.relationship.source}


def _of_relationships(relationships: Sequence[Relationship], touched: Touched) -> list[Statement]:
    moves = []
    for each in sorted(relationships, key=lambda one: (one.source, one.id)):
        known = touched.relationships.get(each.id)
        was_retired = known is not None and known.presence is Presence.RETIRED
        moves.append(_Move(each, known is not None and not was_retired, was_retired))
    living = [each for each in moves if each.is_living]
    retired = [each for each in moves if not each.is_living]
    return [
        (_CREATE_RELATIONSHIPS, [each.living_row() for each in living if not each.was_living]),
        (_UPDATE_RELATIONSHIPS, [each.living_row() for each in living if each.was_living]),
        (_DELETE_RETIRED, [each.place() for each in living if each.was_retired]),
        (_DELETE_RELATIONSHIPS, [each.place() for each in retired if each.was_living]),
        (
            _PUT_RETIRED,
            [mapping.retired_relationship_properties(each.relationship) for each in retired],
        ),
    ]


def _of_claims(claims: Sequence[Claim], touched: Touched) -> list[Statement]:
    created: list[Properties] = []
    updated: list[Properties] = []
    for claim in claims:
        is_known = (claim.data_source, claim.native_key) in touched.claims
        (updated if is_known else created).append(log_mapping.claim_properties(claim))
    return [(_CREATE_CLAIMS, _sorted(created)), (_UPDATE_CLAIMS, _sorted(updated))]


def _sorted(rows: Iterable[Properties]) -> list[Properties]:
    return sorted(rows, key=lambda row: str(row["uid"]))
