"""The JSON Schema of estate files, built from the vocabulary in force."""

from typing import Any

from graph_service.model.impact_state import Strength
from graph_service.model.vocabulary import (
    AttributeDefinition,
    AttributeType,
    Channel,
    Vocabulary,
)
from graph_service.model.vocabulary.vocabulary import ROOT

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Schema = {"type": "string", "minLength": 1}
_SCALAR_TEXT: Schema = {
    "type": ["string", "number", "boolean"],
    "description": "Text; what looks like a number is read as it is written.",
}
_FORMATS: dict[AttributeType, Schema] = {
    AttributeType.DATE: {"format": "date"},
    AttributeType.INSTANT: {"format": "date-time"},
    AttributeType.URL: {"format": "uri"},
}


def estate_file_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema, for editors that complete and check as one writes.

    Whatever it refuses, the import refuses. The import also checks what a schema cannot say: that
    keys are unique, that references lead somewhere, that no attribute is stated twice.
    """
    concrete = sorted(name for name, row in vocabulary.classes.items() if not row.abstract)
    return {
        "$schema": _DIALECT,
        "title": "Estate file of Graph Service",
        "description": f"CIs and relationships of a data source; vocabulary {vocabulary.version}.",
        **_closed(
            {
                "graph_service": {"const": 1, "description": "Version of this format."},
                "data_source": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 200,
                    "not": {"pattern": "^[Mm][Aa][Nn][Uu][Aa][Ll]$"},
                    "description": "Who says so.",
                },
                "complete": {
                    "type": "boolean",
                    "description": "This is all the data source says: what is gone is retired.",
                },
                "cis": _list({"$ref": "#/$defs/ci"}),
                "relationships": _list({"$ref": "#/$defs/relationship"}),
            },
            required=["graph_service", "data_source"],
        ),
        "$defs": {
            "ci": _ci(vocabulary, concrete),
            "relationship": _relationship(vocabulary, with_source=True),
            "relationshipFromHere": _relationship(vocabulary, with_source=False),
            "reference": _reference(concrete, vocabulary),
            "group": _group(),
            **{f"attributesOf{name}": _attributes(vocabulary, name) for name in concrete},
            **{
                f"{name}.{definition.name}": _attribute(definition)
                for name, row in sorted(vocabulary.classes.items())
                for definition in row.attributes
            },
        },
    }


def _ci(vocabulary: Vocabulary, concrete: list[str]) -> Schema:
    fields: Schema = {
        "key": {**_SCALAR_TEXT, "description": "Unique in this data source."},
        "class": {
            "enum": concrete,
            "description": "What it is.",
        },
        "name": {"type": ["string", "number", "boolean", "null"], "description": "Default: key."},
        "attributes": {"type": ["object", "null"]},
        "redundancy": {
            "type": ["object", "null"],
            "description": "Groups this CI leans on, by name.",
            "additionalProperties": {"$ref": "#/$defs/group"},
        },
        "tags": {
            "anyOf": [
                _list(_SCALAR_TEXT),
                {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
                },
            ],
            "description": "Tags by name, those that have one with a value.",
        },
        "relationships": _list({"$ref": "#/$defs/relationshipFromHere"}),
        "depends_on": _list({"$ref": "#/$defs/reference"}),
    }
    return {
        **_closed({**_references(vocabulary, ROOT), **fields}, required=["key", "class"]),
        "allOf": [
            {
                "if": {"properties": {"class": {"const": name}}, "required": ["class"]},
                "then": {"properties": {"attributes": {"$ref": f"#/$defs/attributesOf{name}"}}},
            }
            for name in concrete
        ],
    }


def _attributes(vocabulary: Vocabulary, class_name: str) -> Schema:
    return {
        "type": ["object", "null"],
        "properties": _references(vocabulary, class_name),
        "additionalProperties": False,
    }


def _references(vocabulary: Vocabulary, class_name: str) -> Schema:
    return {
        definition.name: {"$ref": f"#/$defs/{general}.{definition.name}"}
        for general in vocabulary.lineage(class_name)
        for definition in vocabulary.classes[general].attributes
    }


def _attribute(definition: AttributeDefinition) -> Schema:
    value = _value(definition)
    if definition.list:
        # One text may hold several values between semicolons, as in a table.
        value = {"anyOf": [{"type": "array", "items": value}, {"type": "string"}]}
    if definition.type is not AttributeType.JSON:
        value = {"anyOf": [value, {"type": "null"}]}
    described = " ".join(
        each
        for each in (definition.description, definition.unit and f"In {definition.unit}.")
        if each
    )
    return {**value, "description": described} if described else value


def _value(definition: AttributeDefinition) -> Schema:
    match definition.type:
        case AttributeType.JSON:
            return {}
        case AttributeType.INTEGER:
            return _number("integer", r"^[-+]?[0-9]+$", definition)
        case AttributeType.DECIMAL | AttributeType.MINUTES:
            return _number("number", r"^[-+]?[0-9]", definition)
        case AttributeType.BOOLEAN:
            written = {"type": "string", "pattern": "^([Tt]rue|TRUE|[Ff]alse|FALSE)$"}
            return {"anyOf": [{"type": "boolean"}, written]}
        case AttributeType.ENUM:
            return {"enum": list(definition.values)}
        case AttributeType.TEXT:
            return {"type": ["string", "number", "boolean"]}
        case _:
            return {"type": "string", **_FORMATS.get(definition.type, {})}


def _number(kind: str, written: str, definition: AttributeDefinition) -> Schema:
    bounds = {"minimum": definition.minimum, "maximum": definition.maximum}
    number = {"type": kind, **{name: each for name, each in bounds.items() if each is not None}}
    return {"anyOf": [number, {"type": "string", "pattern": written}]}


def _relationship(vocabulary: Vocabulary, *, with_source: bool) -> Schema:
    fields: Schema = {
        "type": {"enum": sorted(vocabulary.relationship_types)},
        "target": {"$ref": "#/$defs/reference"},
        "strength": {"enum": [each.value for each in Strength]},
        "channels": _list({"enum": [each.value for each in Channel]}),
        "tolerance_minutes": {"type": "number", "minimum": 0},
        "group": {**_SCALAR_TEXT, "description": "The redundancy group it joins."},
        "role": {"enum": ["ACTIVE", "STANDBY"]},
        "uplink": {"enum": ["SOURCE", "TARGET", "UNKNOWN"]},
        "evidence": _SCALAR_TEXT,
        "protocol": _SCALAR_TEXT,
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
    }
    ends = ["type", "target"]
    if with_source:
        fields["source"] = {"$ref": "#/$defs/reference"}
        ends.append("source")
    absent = {name: _or_nothing(each) for name, each in fields.items() if name not in ends}
    return _closed({**fields, **absent}, required=ends)


def _reference(concrete: list[str], vocabulary: Vocabulary) -> Schema:
    abstract = sorted(set(vocabulary.classes) - set(concrete))
    return {
        "description": "A key; or a mapping that names a CI by id, or by key and what narrows it.",
        "anyOf": [
            _SCALAR_TEXT,
            _closed({"id": _TEXT}, required=["id"]),
            _closed(
                {
                    "key": _SCALAR_TEXT,
                    "class": {"enum": [*concrete, *abstract]},
                    "data_source": _TEXT,
                },
                required=["key"],
            ),
        ],
    }


def _group() -> Schema:
    fields: Schema = {
        "k": {"type": "integer", "minimum": 1, "description": "Members it takes to work."},
        "percent": {"type": "number", "minimum": 1, "maximum": 100},
        "k_full": {"type": "integer", "minimum": 1, "description": "Members to work well."},
        "mode": {"enum": ["ACTIVE_ACTIVE", "AUTO", "MANUAL"]},
        "switch_minutes": {"type": "number", "minimum": 0},
        "strength": {"enum": [each.value for each in Strength]},
        "evidence": _SCALAR_TEXT,
    }
    return {
        "description": "k or percent; neither: unknown. Empty: nothing is known but the name.",
        "type": ["object", "null"],
        "properties": {name: _or_nothing(each) for name, each in fields.items()},
        "additionalProperties": False,
        "not": {
            "type": "object",
            "required": ["k", "percent"],
            "properties": {"k": {"type": "integer"}, "percent": {"type": "number"}},
        },
    }


def _closed(properties: Schema, required: list[str]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": ["array", "null"], "items": items}


def _or_nothing(value: Schema) -> Schema:
    return {"anyOf": [value, {"type": "null"}]}
