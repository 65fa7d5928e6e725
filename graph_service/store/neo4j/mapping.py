"""CIs and relationships ↔ properties of nodes and relationships.

Scalar attributes are properties of their own, so that people can ask for them; Neo4j keeps whole
numbers, fractions, booleans and texts exactly as they are. ``null``, lists, objects and names that
are none of Cypher's go into one property as JSON.
"""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

import orjson

from graph_service.model.ci import CI, Attributes, Presence
from graph_service.model.ids import CIId, RelationshipId
from graph_service.model.relationship import Origin, Relationship
from graph_service.model.search_words import name_words, words_of
from graph_service.store.neo4j.facts import facts_of
from graph_service.store.neo4j.properties import Properties, as_json, put_text, whole_text
from graph_service.store.refusals import TYPE_NAME
from graph_service.store.topology import impact_attributes

Lineage = Callable[[str], Sequence[str]]
"""Given a class, returns it and what it specialises."""

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

NAMES = "find.names"
SAID = "find.facts"
FORMER_NAMES = "find.formerNames"
"""Properties of ours; a dot keeps their names from being those of attributes."""

NAME_WORDS = f"n.`{NAMES}`"
FACTS = f"coalesce(n.`{SAID}`, [])"
FORMER = f"n.`{FORMER_NAMES}`"
"""The same, as they stand in a query."""

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
        NAMES,
        SAID,
        FORMER_NAMES,
    ]
)
_RELATIONSHIP_PROPERTIES = frozenset(
    ["uid", "type", "source", "target", "origin", "presence", "revision", "attributes"]
)
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def as_cypher_type(relationship_type: str) -> str | None:
    """Return a relationship type as it may stand in a query, or ``None`` if it must not.

    Only letters, digits and underscores pass: nothing that could end the quotes it is put into.
    """
    return f"`{relationship_type}`" if TYPE_NAME.fullmatch(relationship_type) else None


def labels(class_name: str, lineage: Lineage) -> list[str]:
    """Return the labels of a living CI beside ``:CI``.

    A class that the vocabulary does not know any more stands alone.
    """
    try:
        names = lineage(class_name)
    except KeyError:
        names = (class_name,)
    return [each for each in names if each and each not in OWN_LABELS and "\0" not in each]


def is_property(name: str) -> bool:
    """Whether a single value under this name is a property of its own."""
    return name not in _CI_PROPERTIES and _PLAIN_NAME.fullmatch(name) is not None


def ci_properties(ci: CI, ordinal: int | None, former_names: Collection[str] = ()) -> Properties:
    """Return a CI as properties; without an ordinal it keeps the one it has."""
    properties, nested = _split(ci.attributes, _CI_PROPERTIES)
    properties |= {
        "uid": ci.id,
        "class": ci.class_name,
        "presence": ci.presence.value,
        "revision": ci.revision,
        "words": f" {' '.join(words_of(ci, former_names))} ",
        NAMES: f" {' '.join(name_words(ci, former_names))} ",
    }
    put_text(properties, "key", ci.key)
    put_text(properties, "name", ci.name)
    if ordinal is not None:
        properties["ordinal"] = ordinal
    if nested:
        properties["nested"] = as_json(nested)
    if said := facts_of(nested):
        properties[SAID] = said
    if former_names:
        properties[FORMER_NAMES] = sorted(former_names)
    if impact := impact_attributes(ci.attributes):
        properties["impact"] = as_json(impact)
    return properties


def ci_of(properties: Properties) -> CI:
    """Read what ``ci_properties`` wrote."""
    attributes = {name: value for name, value in properties.items() if name not in _CI_PROPERTIES}
    if nested := properties.get("nested"):
        attributes |= orjson.loads(nested)
    return CI(
        id=CIId(properties["uid"]),
        key=whole_text(properties, "key"),
        name=whole_text(properties, "name"),
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
        properties["attributes"] = as_json(relationship.attributes)
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


def _split(attributes: Attributes, taken: frozenset[str]) -> tuple[Properties, Properties]:
    """Tell the attributes that can be properties from those that cannot."""
    plain: Properties = {}
    nested: Properties = {}
    for name, value in attributes.items():
        is_scalar = isinstance(value, str | int | float)  # a boolean is an int
        can_be_plain = is_scalar and name not in taken and _PLAIN_NAME.fullmatch(name)
        (plain if can_be_plain else nested)[name] = value
    return plain, nested
