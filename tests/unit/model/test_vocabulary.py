"""The vocabulary: inheritance, and an organisation's own rows with every fault at once."""

import pytest

from graph_service.model.errors import InvalidInputError
from graph_service.model.vocabulary import ImpactFlow, extended, packaged
from graph_service.model.vocabulary.reference import vocabulary_reference

HEADER = "vocabulary: 1\nname: acme\nversion: '7'\n"


def faults(text: str) -> list[str]:
    """Return the codes and paths of what is wrong with an extension."""
    with pytest.raises(InvalidInputError) as caught:
        extended(packaged(), "acme.yaml", text)
    return [f"{each.code} {each.place.path}" for each in caught.value.faults]


def test_a_class_inherits_attributes_and_whether_consequence_counts() -> None:
    """An organisation's own service class is a service from the moment it is loaded."""
    own = extended(
        packaged(), "acme.yaml", HEADER + "classes: [{name: PaymentRail, extends: BusinessService}]"
    )

    assert own.lineage("PaymentRail") == ("PaymentRail", "BusinessService", "Service", "CI")
    assert own.is_value_bearing("PaymentRail")
    assert {"tier", "mtpdMinutes"} <= own.attributes("PaymentRail").keys()
    assert "PaymentRail" in own.specialisations("Service")


def test_an_extension_changes_the_digest_and_the_version() -> None:
    """An old answer can be explained by the vocabulary it was computed with."""
    own = extended(packaged(), "acme.yaml", HEADER)
    more = extended(packaged(), "acme.yaml", HEADER + "classes: [{name: Robot}]")

    assert own.version == "packaged-1+acme-7"
    assert own.digest == packaged().digest != more.digest


def test_lists_every_fault_of_an_extension() -> None:
    """One round trip, not one for each mistake."""
    text = (
        HEADER
        + """
classes:
  - {name: Robot, extends: Servre}
  - {name: Database}
  - {name: Ring, extends: Ring}
  - {name: Loose, extends: null}
  - name: Odd
    attributes:
      - {name: tier}
      - {name: id}
      - {name: colour, type: ENUM}
relationship_types:
  - {name: DEPENDS_ON, verb: a, inverse_verb: b, impact: TO_SOURCE}
  - {name: NEAR, verb: near, inverse_verb: near, impact: NEITHER, group: {name: g}}
"""
    )

    assert faults(text) == [
        "DUPLICATE_NAME classes[1].name",
        "DUPLICATE_NAME relationship_types[0].name",
        "UNKNOWN_CLASS classes[0].extends",
        "CLASS_CYCLE classes[2].extends",
        "NO_LINEAGE classes[3].extends",
        "DUPLICATE_NAME classes[4].attributes[0]",
        "RESERVED_NAME classes[4].attributes[1]",
        "ENUM_VALUES classes[4].attributes[2]",
        "GROUP_WITHOUT_IMPACT relationship_types[1].group",
    ]


def test_a_misspelt_class_comes_with_the_nearest_right_one() -> None:
    """The remedy is in the fault."""
    with pytest.raises(InvalidInputError, match="did you mean Server"):
        extended(packaged(), "acme.yaml", HEADER + "classes: [{name: Robot, extends: Servre}]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [", ["NOT_YAML "]),
        ("- 1", ["INVALID_VOCABULARY "]),
        (HEADER + "classes: [{name: lower}]", ["INVALID_VOCABULARY classes[0].name"]),
        (HEADER + "clases: []", ["INVALID_VOCABULARY clases"]),
        ("vocabulary: 2\nname: a\nversion: '1'", ["INVALID_VOCABULARY vocabulary"]),
    ],
)
def test_says_where_a_file_is_not_a_vocabulary(text: str, expected: list[str]) -> None:
    """With the path, and for text that is not YAML the line and column."""
    assert faults(text) == expected


def test_faults_of_form_hide_no_faults_of_meaning() -> None:
    """Misspelt fields and misspelt classes are told together, each in its line."""
    text = (
        HEADER
        + """classes:
  - {name: Robot, extnds: Server}
  - {name: Arm, extends: Robot}
  - {name: Leg, extends: Robto, label: [x]}
  - name: Hand
    extends: Servre
    label: a
    label: b
"""
    )

    with pytest.raises(InvalidInputError) as caught:
        extended(packaged(), "acme.yaml", text)

    assert [(each.place.path, each.place.line) for each in caught.value.faults] == [
        ("classes[3].label", 11),
        ("classes[0].extnds", 5),
        ("classes[2].label", 7),
        ("classes[3].extends", 9),
    ]
    assert all(each.remedy for each in caught.value.faults)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0",
        "a: &a [*a]",
        "a: &a [x]\nb: *a\n",
        "a: " + "[" * 5_000,
        "{{ x }}",
        "classes: 5",
        HEADER + "classes: [1, [], {name: [x]}]",
        HEADER + "operations: [{name: X, label: x, planned: OFF, failed: DOWN}]",
        HEADER + "? [a, b]\n: c\n",
        HEADER + "x: 2026-13-45\n",
        HEADER + "relationship_types: [{name: X, verb: a, inverse_verb: b, impact: TO_SOURCE, "
        "group: {name: g, k: 0}}]",
    ],
)
def test_every_fault_says_what_to_do(text: str) -> None:
    """However odd the file: no crash, no endless reading, a place and a remedy."""
    with pytest.raises(InvalidInputError) as caught:
        extended(packaged(), "acme.yaml", text)

    assert all(each.remedy and "\n" not in str(each) for each in caught.value.faults)


def test_every_type_that_joins_a_group_carries_impact() -> None:
    """A row of the packaged vocabulary keeps the rules it sets for others."""
    types = packaged().relationship_types.values()

    assert [each.name for each in types if each.group and each.impact is ImpactFlow.NEITHER] == []


def test_the_reference_page_has_every_row() -> None:
    """Documentation is made from the data."""
    page = vocabulary_reference(packaged())
    rows = [*packaged().classes, *packaged().relationship_types, *packaged().operations]

    assert [each for each in rows if f"`{each}`" not in page] == []
