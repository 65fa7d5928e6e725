"""What one data source states about one CI or relationship, validated and in canonical form."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from graph_service.model.claim import Claim
from graph_service.model.codec import digest
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.observation import CIObservation, Reference, RelationshipObservation
from graph_service.model.place import Place
from graph_service.model.relationship import Origin

NATIVE_KEY_LENGTH_MAX = 2_000

# No key of a CI has a tab or a vertical tab in it, so these never meet one.
_BETWEEN_PARTS = "\t"
_BETWEEN_NARROWINGS = "\v"


@dataclass(frozen=True, slots=True, kw_only=True)
class CIStatement:
    """A CI as one data source states it. ``key`` is the handle it would like."""

    native_key: str
    key: str
    class_name: str
    name: str
    attributes: Mapping[str, Any]
    origin: Origin
    digest: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipStatement:
    """A relationship as one data source states it, its ends as that data source names them."""

    data_source: str
    native_key: str
    type: str
    source: Reference
    target: Reference
    attributes: Mapping[str, Any]
    origin: Origin
    digest: str
    scope: str
    place: Place
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What all claims made in one run have in common."""

    data_source: str
    scope: str
    run: str
    observed_at: str


def ci_claim(statement: CIStatement, subject: CIId, provenance: Provenance) -> Claim:
    """Return a statement as the claim to keep. A name that is not stated is not in it."""
    content: dict[str, Any] = {
        "class": statement.class_name,
        "key": statement.key,
        "attributes": statement.attributes,
    }
    if statement.name:
        content["name"] = statement.name
    return Claim(
        data_source=provenance.data_source,
        native_key=statement.native_key,
        subject=subject,
        content=content,
        digest=statement.digest,
        scope=provenance.scope,
        origin=statement.origin,
        observed_at=provenance.observed_at,
        run=provenance.run,
        place=str(statement.place),
    )


def relationship_claim(
    statement: RelationshipStatement, subject: RelationshipId, ends: tuple[CIId, CIId], at: str
) -> Claim:
    """Return a statement whose ends are known as the claim to keep."""
    source, target = ends
    return Claim(
        data_source=statement.data_source,
        native_key=statement.native_key,
        subject=subject,
        content={
            "type": statement.type,
            "source": source,
            "target": target,
            "attributes": statement.attributes,
        },
        digest=statement.digest,
        scope=statement.scope,
        origin=statement.origin,
        observed_at=at,
        run=statement.run,
        place=str(statement.place),
    )


def restated(claim: Claim) -> RelationshipStatement:
    """Return the statement that a relationship's claim was made from.

    Ends come back as the data source named them, or by id where its claim does not tell.
    """
    content = claim.content
    source, target = named_ends(claim.native_key) or (
        Reference(id=content["source"]),
        Reference(id=content["target"]),
    )
    return RelationshipStatement(
        data_source=claim.data_source,
        native_key=claim.native_key,
        type=content["type"],
        source=source,
        target=target,
        attributes=content["attributes"],
        origin=claim.origin,
        digest=claim.digest,
        scope=claim.scope,
        place=Place(claim.place),
        run=claim.run,
    )


def ci_digest(observation: CIObservation, scope: str) -> str:
    """Return what tells an observation from a different one; where it was read does not.

    Raises:
        TypeError: It holds what JSON cannot hold.

    """
    said = observation.attributes
    return digest(
        [
            observation.class_name,
            observation.name,
            observation.key,
            observation.text_values,
            observation.origin,
            scope,
            said if type(said) is dict else dict(said),
        ]
    )


def relationship_digest(observation: RelationshipObservation, scope: str) -> str:
    """Return what tells an observation from a different one of the same native key."""
    said = observation.attributes
    return digest([observation.origin, scope, said if type(said) is dict else dict(said)])


def relationship_native_key(source: Reference, relationship_type: str, target: Reference) -> str:
    """Return under which key of its own a data source keeps a relationship."""
    key = _BETWEEN_PARTS.join((_end(source), relationship_type, _end(target)))
    if len(key) <= NATIVE_KEY_LENGTH_MAX:
        return key
    # Stores index native keys, and an index takes only so much.
    folded = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_BETWEEN_PARTS}{relationship_type}{_BETWEEN_PARTS}{folded}"


def named_ends(native_key: str) -> tuple[Reference, Reference] | None:
    """Return the ends that a relationship's native key names, unless it was too long to."""
    source, between, rest = native_key.partition(_BETWEEN_PARTS)
    if not source or not between:
        return None
    target = rest.rpartition(_BETWEEN_PARTS)[2]
    return _reference(source), _reference(target)


def _end(reference: Reference) -> str:
    if not (reference.id or reference.class_name or reference.data_source):
        return reference.key
    parts = (reference.key, reference.id, reference.class_name, reference.data_source)
    return _BETWEEN_NARROWINGS.join(parts)


def _reference(text: str) -> Reference:
    key, *narrowings = text.split(_BETWEEN_NARROWINGS)
    if not narrowings:
        return Reference(key=key)
    ci_id, class_name, data_source = narrowings
    return Reference(key=key, id=ci_id, class_name=class_name, data_source=data_source)
