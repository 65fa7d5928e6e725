"""Claims, the log and the records around the graph ↔ properties of nodes."""

import orjson

from graph_service.model.claim import Claim
from graph_service.model.delta import Record
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Origin
from graph_service.model.revision import Actor, ActorType, LogEntry, Operation, RecordType, Revision
from graph_service.store.log_query import changed_names, damaged_entry, folded
from graph_service.store.neo4j.properties import Properties, as_json, put_text, uid_of, whole_text


def claim_properties(claim: Claim) -> Properties:
    """Return a claim as properties."""
    properties: Properties = {
        "uid": uid_of(claim.data_source, claim.native_key),
        "nativeKey": claim.native_key,
        "subject": claim.subject,
        "content": as_json(claim.content),
        "digest": claim.digest,
        "scope": claim.scope,
        "origin": claim.origin.value,
        "observedAt": claim.observed_at,
        "run": claim.run,
        "place": claim.place,
        "live": claim.live,
    }
    put_text(properties, "dataSource", claim.data_source)
    return properties


def claim_of(properties: Properties) -> Claim:
    """Read what ``claim_properties`` wrote."""
    subject = properties["subject"]
    return Claim(
        data_source=whole_text(properties, "dataSource"),
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
        "reasonFolded": folded(revision.reason),
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


def entry_properties(entry: LogEntry, payload: str) -> Properties:
    """Return a log entry as properties; its payload in one, so that it can be erased as one."""
    return {
        "revision": entry.revision,
        "sequence": entry.sequence,
        "recordType": entry.record_type.value,
        "recordId": entry.record_id,
        "subjectA": None if entry.subject_a == entry.record_id else entry.subject_a,
        "subjectB": entry.subject_b,
        "operation": entry.operation.value,
        "names": changed_names(entry) or None,
        "payload": payload,
        "payloadHash": entry.payload_hash,
    }


def entry_of(properties: Properties) -> LogEntry:
    """Read what ``entry_properties`` wrote."""
    try:
        before, after, claims = orjson.loads(properties["payload"])
    except (ValueError, TypeError) as error:
        raise damaged_entry(properties["revision"], properties["sequence"]) from error
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
        "data": as_json(record.data),
    }
    put_text(properties, "id", record.id)
    put_text(properties, "group", record.group)
    return properties


def record_of(properties: Properties) -> Record:
    """Read what ``record_properties`` wrote."""
    return Record(
        kind=properties["kind"],
        id=whole_text(properties, "id"),
        group=whole_text(properties, "group"),
        data=orjson.loads(properties["data"]),
    )
