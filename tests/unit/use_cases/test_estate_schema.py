"""The JSON Schema of estate files says what the import says."""

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from discovery.collectors.estate import COLLECTOR
from discovery.estate_file import attributes
from discovery.formats.marked import unmarked
from discovery.formats.yaml_reading import YamlReading
from graph_service.model.impact_state import Strength
from graph_service.model.vocabulary import Channel, extended, packaged
from graph_service.use_cases.estate_schema import estate_file_schema
from tests.unit.discovery.reading import read

ROOT = Path(__file__).parent.parent.parent.parent
SCHEMA = estate_file_schema(packaged())
HEAD = "graph_service: 1\ndata_source: team\n"


def value(text: str) -> Any:  # noqa: ANN401 - whatever the text says
    """Read YAML as an editor would."""
    reading = YamlReading(text.encode(), "file")
    reading.next_document()
    return unmarked(reading.value())


def mistakes(text: str) -> list[str]:
    """Return where an editor would underline."""
    errors = Draft202012Validator(SCHEMA).iter_errors(value(text))
    return sorted(".".join(str(step) for step in each.absolute_path) for each in errors)


def documented() -> str:
    """Return the example of the page that explains estate files."""
    page = (ROOT / "docs/how-to/estate-file.md").read_text("utf-8")
    example = re.search(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert example
    return example[1]


def test_is_a_schema() -> None:
    """Of the dialect it names, and small enough for an editor."""
    Draft202012Validator.check_schema(SCHEMA)

    assert len(str(SCHEMA)) < 200_000


def test_the_example_that_is_documented_is_right() -> None:
    """What people copy works: by schema, by the import, and every reference leads somewhere."""
    found = read(COLLECTOR, documented())

    assert mistakes(documented()) == []
    assert found.to_the_end
    ends = {str(end) for each in found.relationships for end in (each.source, each.target)}
    assert ends <= found.cis.keys()


@pytest.mark.parametrize("path", ["tests/fixtures/estate/shop.yaml", "seed/story.yaml"])
def test_estates_of_ours_are_right(path: str) -> None:
    """They show every field of the format."""
    assert mistakes((ROOT / path).read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("data_source: x", ""),
        ("graph_service: 2\ndata_source: x", "graph_service"),
        ("graph_service: 1\ndata_source: manual", "data_source"),
        (HEAD + "ci: []", ""),
        (HEAD + "complete: yes", "complete"),
        (HEAD + "cis: [{key: a}]", "cis.0"),
        (HEAD + "cis: [{key: a, class: Server, teir: 1}]", "cis.0"),
        (HEAD + "cis: [{key: a, class: Server, depends_on: b}]", "cis.0.depends_on"),
        (HEAD + "cis: [{key: a, class: Server, depends_on: [[b]]}]", "cis.0.depends_on.0"),
        (
            HEAD + "cis: [{key: a, class: Server, depends_on: [{id: x, key: y}]}]",
            "cis.0.depends_on.0",
        ),
        (
            HEAD + "cis: [{key: a, class: Server, redundancy: {g: {k: 0}}}]",
            "cis.0.redundancy.g.k",
        ),
        (
            HEAD + "cis: [{key: a, class: Server, redundancy: {g: {k: 1, percent: 5}}}]",
            "cis.0.redundancy.g",
        ),
        (
            HEAD + "cis: [{key: a, class: Server, redundancy: {g: {mode: X}}}]",
            "cis.0.redundancy.g.mode",
        ),
        (HEAD + "relationships: [{source: a, type: USES}]", "relationships.0"),
        (
            HEAD + "relationships: [{source: a, type: USES, target: b, role: X}]",
            "relationships.0.role",
        ),
        (
            HEAD + "relationships: [{source: a, type: USES, target: b, port: 0}]",
            "relationships.0.port",
        ),
    ],
)
def test_refuses_what_the_import_refuses(text: str, place: str) -> None:
    """The mistake is underlined while one writes, at the place the import would name."""
    assert mistakes(text) == [place]
    assert read(COLLECTOR, text).faults


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("class: Sever", "cis.0.class"),
        ("class: Host", "cis.0.class"),
        ("class: Server, tier: 9", "cis.0.tier"),
        ("class: Server, environment: LIVE", "cis.0.environment"),
        ("class: Server, attributes: {language: Go}", "cis.0.attributes"),
        ("class: Server, depends_on: [{key: b, class: Sever}]", "cis.0.depends_on.0"),
        ("class: Server, relationships: [{type: USE, target: b}]", "cis.0.relationships.0.type"),
    ],
)
def test_knows_the_vocabulary_in_force(text: str, place: str) -> None:
    """Classes, types, attributes and their values."""
    assert mistakes(HEAD + f"cis: [{{key: a, {text}}}]") == [place]


def test_knows_an_organisations_own_words() -> None:
    """A class of one's own is completed like any other."""
    own = """
vocabulary: 1
name: acme
version: "1"
classes:
  - {name: PaymentRail, extends: Application, attributes: [{name: currency}]}
"""
    schema = estate_file_schema(extended(packaged(), "acme.yaml", own))
    text = HEAD + "cis: [{key: a, class: PaymentRail, attributes: {currency: EUR, language: Go}}]"

    assert Draft202012Validator(schema).is_valid(value(text))
    assert not Draft202012Validator(SCHEMA).is_valid(value(text))


def test_schema_and_import_have_the_same_fields_and_words() -> None:
    """Neither knows one that the other does not."""
    properties = SCHEMA["properties"]
    definitions = SCHEMA["$defs"]
    relationship = definitions["relationshipFromHere"]["properties"]
    group = definitions["group"]["properties"]

    def words(field: Any) -> list[str]:  # noqa: ANN401 - part of a schema
        return list(field["anyOf"][0]["enum"])

    assert properties.keys() == {"graph_service", "data_source", "complete", "cis", "relationships"}
    assert definitions["ci"]["properties"].keys() == (
        attributes.CI_FIELDS | attributes.COMMON_ATTRIBUTES
    )
    assert relationship.keys() == attributes.RELATIONSHIP_FIELDS
    assert group.keys() == attributes.GROUP_FIELDS
    assert words(relationship["role"]) == [*attributes.ROLES]
    assert words(relationship["uplink"]) == [*attributes.UPLINKS]
    assert words(group["mode"]) == [*attributes.MODES]
    assert words(group["strength"]) == [*attributes.STRENGTHS] == [each.value for each in Strength]
    assert [*attributes.CHANNELS] == [each.value for each in Channel]
