"""Records ↔ properties of nodes and relationships.

Scalar attributes are properties of their own, so that people can ask for them; Neo4j keeps whole
numbers, fractions, booleans and texts exactly as they are. ``null``, lists, objects and names that
are none of Cypher's go into one property as JSON.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from graph_service.model.ci import CI, Attributes, Presence
from graph_service.model.claim import Claim
from graph_service.model.codec import canonical
from graph_service.model.delta import Record
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Origin, Relationship
from graph_service.model.revision import Actor, ActorType, LogEntry, Operation, RecordType, Revision
from graph_service.store.search_words import search_words
from graph_service.store.topology import IMPACT_ATTRIBUTES

Properties = dict[str, Any]
Lineage = Callable[[str], Sequence[str]]
"""Given a class, returns it and what it specialises."""

INDEXED_LENGTH = 250
"""Code points of a text that stand in an index; its keys may not exceed some 8,000 bytes."""

OWN_LABELS = frozenset(
    [
        "CI",
        "Retired",
        "RetiredRelationship",
        "Claim",
        "Revision",
        "LogEntry",
        "Record",
        "LogHead",
        "CommitGate",
        "Migration",
        "MigrationLock",
    ]
)
"""Labels of our own; a class that is called like one is found by its property ``class`` only."""

_CI_PROPERTIES = frozenset(
    [
        "uid",
        "key",
        "wholeKey",
        "name",
        "wholeName",
        "class",
        "presence",
        "revision",
        "ordinal",
        "words",
        "impact",
        "nested",
    ]
)
_RELATIONSHIP_PROPERTIES = frozenset(
    ["uid", "type", "source", "target", "origin", "presence", "revision", "attributes"]
)
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TYPE_NAME = re.compile(r"\w{1,250}")


def as_cypher_type(relationship_type: str) -> str | None:
    """Return a relationship type as it may stand in a query, or ``None`` if it must not.

    Only letters, digits and underscores pass: nothing that could end the quotes it is put into.
    """
    return f"`{relationship_type}`" if _TYPE_NAME.fullmatch(relationship_type) else None


def labels(class_name: str, lineage: Lineage) -> list[str]:
    """Return the labels of a living CI beside ``:CI``.

    A class that the vocabulary does not know any more stands alone.
    """
    try:
        names = lineage(class_name)
    except KeyError:
        names = (class_name,)
    return [each for each in names if each and each not in OWN_LABELS and "\0" not in each]


def indexable(text: str) -> str:
    """Return as much of a text as an index holds."""
    return text[:INDEXED_LENGTH]


def uid_of(*parts: str) -> str:
    """Return the short text that stands for a key of several parts of any length."""
    return hashlib.sha256(canonical(parts)).hexdigest()


def ci_properties(ci: CI, ordinal: int | None) -> Properties:
    """Return a CI as properties; without an ordinal it keeps the one it has."""
    properties, nested = _split(ci.attributes, _CI_PROPERTIES)
    properties |= {
        "uid": ci.id,
        "class": ci.class_name,
        "presence": ci.presence.value,
        "revision": ci.revision,
        "words": _words(ci),
    }
    _put_text(properties, "key", ci.key)
    _put_text(properties, "name", ci.name)
    if ordinal is not None:
        properties["ordinal"] = ordinal
    if nested:
        properties["nested"] = _json(nested)
    if impact := _impact_attributes(ci.attributes):
        properties["impact"] = _json(impact)
    return properties


def ci_of(properties: Properties) -> CI:
    """Read what ``ci_properties`` wrote."""
    attributes = {name: value for name, value in properties.items() if name not in _CI_PROPERTIES}
    if nested := properties.get("nested"):
        attributes |= orjson.loads(nested)
    return CI(
        id=CIId(properties["uid"]),
        key=_whole_text(properties, "key"),
        name=_whole_text(properties, "name"),
        class_name=properties["class"],
        presence=Presence(properties["presence"]),
        attributes=attributes,
        revision=properties["revision"],
    )


def relationship_properties(relationship: Relationship) -> Properties:
    """Return a living relationship as properties.

    ``attributes`` has all of them as JSON, ready for the topology; those of their own are for
    people who read the graph with Cypher.
    """
    properties, _ = _split(relationship.attributes, _RELATIONSHIP_PROPERTIES)
    properties |= {
        "uid": relationship.id,
        "origin": relationship.origin.value,
        "presence": relationship.presence.value,
        "revision": relationship.revision,
    }
    if relationship.attributes:
        properties["attributes"] = _json(relationship.attributes)
    return properties


def retired_relationship_properties(relationship: Relationship) -> Properties:
    """Return a retired relationship as the properties of a node: the browser shows no edge."""
    return relationship_properties(relationship) | {
        "type": relationship.type,
        "source": relationship.source,
        "target": relationship.target,
    }


def relationship_of(row: Sequence[Any]) -> Relationship:
    """Read a relationship from its type, the ids of its ends and its properties."""
    relationship_type, source, target, properties = row
    attributes = properties.get("attributes")
    return Relationship(
        id=RelationshipId(properties["uid"]),
        source=CIId(source),
        target=CIId(target),
        type=relationship_type,
        origin=Origin(properties["origin"]),
        presence=Presence(properties["presence"]),
        attributes=orjson.loads(attributes) if attributes else {},
        revision=properties["revision"],
    )


def claim_properties(claim: Claim) -> Properties:
    """Return a claim as properties."""
    properties: Properties = {
        "uid": uid_of(claim.data_source, claim.native_key),
        "nativeKey": claim.native_key,
        "subject": claim.subject,
        "content": _json(claim.content),
        "digest": claim.digest,
        "scope": claim.scope,
        "origin": claim.origin.value,
        "observedAt": claim.observed_at,
        "run": claim.run,
        "place": claim.place,
        "live": claim.live,
    }
    _put_text(properties, "dataSource", claim.data_source)
    return properties


def claim_of(properties: Properties) -> Claim:
    """Read what ``claim_properties`` wrote."""
    subject = properties["subject"]
    return Claim(
        data_source=_whole_text(properties, "dataSource"),
        native_key=properties["nativeKey"],
        subject=RelationshipId(subject) if subject.startswith("rel_") else CIId(subject),
        content=orjson.loads(properties["content"]),
        digest=properties["digest"],
        scope=properties["scope"],
        origin=Origin(properties["origin"]),
        observed_at=properties["observedAt"],
        run=properties["run"],
        place=properties["place"],
        live=properties["live"],
    )


def revision_properties(revision: Revision) -> Properties:
    """Return the header of a revision as properties."""
    return {
        "number": revision.number,
        "at": revision.at,
        "actorId": revision.actor.id,
        "actorName": revision.actor.name,
        "actorType": revision.actor.type.value,
        "reason": revision.reason,
        "run": revision.run,
        "change": revision.change,
        "entryCount": revision.entry_count,
        "previousHash": revision.previous_hash,
        "hash": revision.hash,
    }


def revision_of(properties: Properties) -> Revision:
    """Read what ``revision_properties`` wrote."""
    return Revision(
        number=properties["number"],
        at=properties["at"],
        actor=Actor(
            properties["actorId"], properties["actorName"], ActorType(properties["actorType"])
        ),
        reason=properties["reason"],
        run=properties.get("run"),
        change=properties.get("change"),
        entry_count=properties["entryCount"],
        previous_hash=properties["previousHash"],
        hash=properties["hash"],
    )


def entry_properties(entry: LogEntry) -> Properties:
    """Return a log entry as properties; its payload in one, so that it can be erased as one."""
    is_ci = entry.record_type is RecordType.CI
    return {
        "revision": entry.revision,
        "sequence": entry.sequence,
        "recordType": entry.record_type.value,
        "recordId": entry.record_id,
        "subjectA": None if is_ci else entry.subject_a,
        "subjectB": entry.subject_b,
        "operation": entry.operation.value,
        "payload": _json([entry.before, entry.after, entry.claims]),
        "payloadHash": entry.payload_hash,
    }


def entry_of(properties: Properties) -> LogEntry:
    """Read what ``entry_properties`` wrote."""
    payload = properties.get("payload")
    before, after, claims = orjson.loads(payload) if payload else ({}, {}, [])
    return LogEntry(
        revision=properties["revision"],
        sequence=properties["sequence"],
        record_type=RecordType(properties["recordType"]),
        record_id=properties["recordId"],
        subject_a=properties.get("subjectA") or properties["recordId"],
        subject_b=properties.get("subjectB"),
        operation=Operation(properties["operation"]),
        before=before,
        after=after,
        claims=tuple(claims),
        payload_hash=properties["payloadHash"],
    )


def record_properties(record: Record) -> Properties:
    """Return a record that is not part of the graph as properties."""
    properties: Properties = {
        "uid": uid_of(record.kind, record.id),
        "kind": record.kind,
        "data": _json(record.data),
    }
    _put_text(properties, "id", record.id)
    _put_text(properties, "group", record.group)
    return properties


def record_of(properties: Properties) -> Record:
    """Read what ``record_properties`` wrote."""
    return Record(
        kind=properties["kind"],
        id=_whole_text(properties, "id"),
        group=_whole_text(properties, "group"),
        data=orjson.loads(properties["data"]),
    )


def _split(attributes: Attributes, taken: frozenset[str]) -> tuple[Properties, Properties]:
    """Tell the attributes that can be properties from those that cannot."""
    plain: Properties = {}
    nested: Properties = {}
    for name, value in attributes.items():
        is_scalar = isinstance(value, str | int | float)  # a boolean is an int
        can_be_plain = is_scalar and name not in taken and _PLAIN_NAME.fullmatch(name)
        (plain if can_be_plain else nested)[name] = value
    return plain, nested


def _impact_attributes(attributes: Attributes) -> Properties:
    return {
        name: value
        for name, value in attributes.items()
        if name in IMPACT_ATTRIBUTES or name.startswith("redundancy.")
    }


def _words(ci: CI) -> str:
    description = ci.attributes.get("description")
    words = search_words(ci.key, ci.name, description if isinstance(description, str) else "")
    return f" {' '.join(words)} "


def _put_text(properties: Properties, name: str, text: str) -> None:
    properties[name] = indexable(text)
    if len(text) > INDEXED_LENGTH:
        properties[_whole(name)] = text


def _whole_text(properties: Mapping[str, Any], name: str) -> str:
    text: str = properties.get(_whole(name)) or properties[name]
    return text


def _whole(name: str) -> str:
    return f"whole{name[0].upper()}{name[1:]}"


def _json(value: object) -> str:
    return canonical(value).decode()
