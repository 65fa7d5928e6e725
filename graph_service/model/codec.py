"""Records ↔ JSON objects: the one form used by the log, the stores and plans."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Origin, Relationship


def canonical(value: object) -> bytes:
    """Return the one byte string that stands for a JSON value: sorted keys, no white space."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest(value: object) -> str:
    """Return the SHA-256 of a JSON value's canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def ci_to_data(ci: CI) -> dict[str, Any]:
    """Write a CI without its revision, which the log entry carries."""
    return {
        "id": ci.id,
        "key": ci.key,
        "name": ci.name,
        "class": ci.class_name,
        "presence": ci.presence.value,
        "attributes": dict(ci.attributes),
    }


def ci_from_data(data: Mapping[str, Any], revision: int = 0) -> CI:
    """Read what ``ci_to_data`` wrote."""
    return CI(
        id=CIId(data["id"]),
        key=data["key"],
        name=data["name"],
        class_name=data["class"],
        presence=Presence(data["presence"]),
        attributes=data["attributes"],
        revision=revision,
    )


def relationship_to_data(relationship: Relationship) -> dict[str, Any]:
    """Write a relationship without its revision, which the log entry carries."""
    return {
        "id": relationship.id,
        "source": relationship.source,
        "target": relationship.target,
        "type": relationship.type,
        "origin": relationship.origin.value,
        "presence": relationship.presence.value,
        "attributes": dict(relationship.attributes),
    }


def relationship_from_data(data: Mapping[str, Any], revision: int = 0) -> Relationship:
    """Read what ``relationship_to_data`` wrote."""
    return Relationship(
        id=RelationshipId(data["id"]),
        source=CIId(data["source"]),
        target=CIId(data["target"]),
        type=data["type"],
        origin=Origin(data["origin"]),
        presence=Presence(data["presence"]),
        attributes=data["attributes"],
        revision=revision,
    )


def claim_to_data(claim: Claim) -> dict[str, Any]:
    """Write a claim."""
    return {
        "dataSource": claim.data_source,
        "nativeKey": claim.native_key,
        "subject": claim.subject,
        "content": dict(claim.content),
        "digest": claim.digest,
        "scope": claim.scope,
        "origin": claim.origin.value,
        "observedAt": claim.observed_at,
        "run": claim.run,
        "place": claim.place,
        "live": claim.live,
    }


def claim_from_data(data: Mapping[str, Any]) -> Claim:
    """Read what ``claim_to_data`` wrote."""
    return Claim(
        data_source=data["dataSource"],
        native_key=data["nativeKey"],
        subject=data["subject"],
        content=data["content"],
        digest=data["digest"],
        scope=data["scope"],
        origin=Origin(data["origin"]),
        observed_at=data["observedAt"],
        run=data["run"],
        place=data["place"],
        live=data["live"],
    )
