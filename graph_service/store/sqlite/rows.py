"""Records ↔ rows."""

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.codec import canonical
from graph_service.model.delta import RULES, Record
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Origin, Relationship
from graph_service.model.revision import (
    Actor,
    ActorType,
    LogEntry,
    Operation,
    RecordType,
    Revision,
)
from graph_service.store.log_query import damaged_entry
from graph_service.store.plain import askable
from graph_service.store.topology import impact_attributes

Row = tuple[Any, ...]

CI_COLUMNS = "ci.ordinal, ci.id, ci.key, ci.name, ci.class, ci.presence, ci.attributes, ci.revision"

RELATIONSHIP_COLUMNS = (
    "relationship.number, relationship.id, source.id, target.id, relationship.type,"
    " relationship.origin, relationship.presence, relationship.attributes, relationship.revision"
)
RELATIONSHIP_TABLES = (
    "relationship JOIN ci AS source ON source.ordinal = relationship.source"
    " JOIN ci AS target ON target.ordinal = relationship.target"
)

CLAIM_COLUMNS = (
    "claim.number, claim.data_source, claim.native_key, claim.subject, claim.scope, claim.digest,"
    " claim.live, claim.body"
)

REVISION_COLUMNS = (
    "number, at, actor_id, actor_name, actor_type, reason, run, change, entry_count,"
    " previous_hash, hash"
)

ENTRY_COLUMNS = (
    "entry.revision, entry.sequence, ci.id, relationship.id, source.id, target.id,"
    " entry.operation, entry.payload, entry.payload_hash"
)
ENTRY_TABLES = (
    "entry LEFT JOIN ci ON ci.ordinal = entry.ci"
    " LEFT JOIN relationship ON relationship.number = entry.relationship"
    " LEFT JOIN ci AS source ON source.ordinal = relationship.source"
    " LEFT JOIN ci AS target ON target.ordinal = relationship.target"
)


def short_hash(text: str) -> int:
    """Return the number by which texts that come in no order are looked up: 48 bits, not unique."""
    return int.from_bytes(hashlib.blake2b(askable(text).encode(), digest_size=6).digest())


def as_hashes(texts: Iterable[str]) -> str:
    """Write the hashes of texts as the JSON list that ``json_each`` reads."""
    return as_text([short_hash(each) for each in texts])


def as_text(value: object) -> str:
    """Write a JSON value as the text of a column."""
    return canonical(value).decode()


def as_list(texts: Iterable[str]) -> str:
    """Write texts as the list that ``json_each`` reads, leaving out what it cannot give back.

    That is half characters, which no store can hold, and texts with a null character, at which
    SQLite's JSON ends: where they may occur they are asked for one by one.
    """
    return as_text([each for each in texts if "\0" not in each and askable(each) == each])


def ci_row(ci: CI) -> Row:
    """Return the columns of a CI from ``key`` to ``revision``."""
    tier, environment = ci.attributes.get("tier"), ci.attributes.get("environment")
    impact = impact_attributes(ci.attributes)
    return (
        ci.key,
        ci.name,
        ci.class_name,
        ci.presence.value,
        tier if type(tier) is int else None,
        environment if isinstance(environment, str) else None,
        as_text(ci.attributes),
        as_text(impact) if impact else None,
        ci.revision,
    )


def ci_from_row(row: Row) -> CI:
    """Read ``CI_COLUMNS``."""
    _, id_, key, name, class_name, presence, attributes, revision = row
    return CI(
        id=CIId(id_),
        key=key,
        name=name,
        class_name=class_name,
        presence=Presence(presence),
        attributes=orjson.loads(attributes),
        revision=revision,
    )


def relationship_from_row(row: Row) -> Relationship:
    """Read ``RELATIONSHIP_COLUMNS``."""
    _, id_, source, target, relationship_type, origin, presence, attributes, revision = row
    return Relationship(
        id=RelationshipId(id_),
        source=CIId(source),
        target=CIId(target),
        type=relationship_type,
        origin=Origin(origin),
        presence=Presence(presence),
        attributes=orjson.loads(attributes) if attributes else {},
        revision=revision,
    )


def claim_body(claim: Claim) -> str:
    """Return what of a claim has no column of its own."""
    return as_text([claim.content, claim.origin.value, claim.observed_at, claim.run, claim.place])


def claim_from_row(row: Row) -> Claim:
    """Read ``CLAIM_COLUMNS``."""
    _, data_source, native_key, subject, scope, digest, live, body = row
    content, origin, observed_at, run, place = orjson.loads(body)
    return Claim(
        data_source=data_source,
        native_key=native_key,
        subject=subject,
        content=content,
        digest=digest,
        scope=scope,
        origin=Origin(origin),
        observed_at=observed_at,
        run=run,
        place=place,
        live=bool(live),
    )


def revision_from_row(row: Row) -> Revision:
    """Read ``REVISION_COLUMNS``."""
    number, at, actor_id, actor_name, actor_type, reason, run, change, count, previous, hash_ = row
    return Revision(
        number=number,
        at=at,
        actor=Actor(actor_id, actor_name, ActorType(actor_type)),
        reason=reason,
        run=run,
        change=change,
        entry_count=count,
        previous_hash=previous,
        hash=hash_,
    )


def revision_row(revision: Revision, first_position: int) -> Row:
    """Return all columns of a revision, the first of whose entries stands at a position."""
    return (
        revision.number,
        revision.at,
        revision.actor.id,
        revision.actor.name,
        revision.actor.type.value,
        revision.reason,
        revision.run,
        revision.change,
        first_position,
        revision.entry_count,
        revision.previous_hash,
        revision.hash,
    )


def entry_from_row(row: Row) -> LogEntry:
    """Read ``ENTRY_COLUMNS``."""
    revision, sequence, ci, relationship, source, target, operation, payload, hash_ = row
    try:
        before, after, claims = orjson.loads(payload)
        # What is no record of the graph stands for the rules that are named in the payload.
        rules = "" if ci or relationship else after["id"]
    except (ValueError, KeyError, TypeError) as error:
        raise damaged_entry(revision, sequence) from error
    graph_type = RecordType.CI if ci else RecordType.RELATIONSHIP
    return LogEntry(
        revision=revision,
        sequence=sequence,
        record_type=RULES[rules] if rules else graph_type,
        record_id=ci or relationship or rules,
        subject_a=ci or source or rules,
        subject_b=target,
        operation=Operation(operation),
        before=before,
        after=after,
        claims=tuple(claims),
        payload_hash=hash_,
    )


def record_from_row(row: Row) -> Record:
    """Read kind, id, group and data of a record."""
    kind, id_, group, data = row
    return Record(kind=kind, id=id_, group=group, data=orjson.loads(data))
