"""Everything that can be wrong with an estate file, its place and the way out."""

import pytest

from discovery.collectors import estate
from discovery.collectors.estate import COLLECTOR
from discovery.estate_file.header import Header
from graph_service import CIObservation, Fault, RelationshipObservation, Unreadable
from tests.unit.discovery.reading import read

HEAD = "graph_service: 1\ndata_source: team\n"
CI = HEAD + "cis:\n  - key: a\n    class: Server\n"


def the_fault(text: str) -> Fault:
    """Return the only fault of a text."""
    found = read(COLLECTOR, text)
    assert not found.to_the_end
    (fault,) = found.faults
    return fault


@pytest.mark.parametrize(
    ("text", "code", "place", "hint"),
    [
        ("", "NOT_AN_ESTATE_FILE", "1:1:1", "begin with"),
        ("# nothing\n", "NOT_AN_ESTATE_FILE", "1:1:1", "begin with"),
        ("[1, 2]", "NOT_AN_ESTATE_FILE", "1:1:1", "begin with"),
        ("key,class\na,b\n", "NOT_AN_ESTATE_FILE", "1:1:1", "begin with"),
        ("data_source: x", "MISSING_FIELD", "1:1:1 (graph_service)", "graph_service: 1"),
        ("graph_service: 1", "MISSING_FIELD", "1:1:1 (data_source)", "payments-team"),
        ("graph_service: 2\ndata_source: x", "UNKNOWN_VERSION", "1:1:16 (graph_service)", "1"),
        ('graph_service: "1"\ndata_source: x', "UNKNOWN_VERSION", "1:1:16 (graph_service)", "1"),
        ("graph_service: true\ndata_source: x", "UNKNOWN_VERSION", "1:1:16 (graph_service)", "1"),
        (
            "graph_service: 1\ndata_source: Manual",
            "INVALID_DATA_SOURCE",
            "1:2:14 (data_source)",
            "",
        ),
        ("graph_service: 1\ndata_source: [x]", "WRONG_TYPE", "1:2:14 (data_source)", ""),
        (
            'graph_service: 1\ndata_source: "a\\nb"',
            "INVALID_DATA_SOURCE",
            "1:2:14 (data_source)",
            "",
        ),
        (HEAD + "complete: yes", "WRONG_TYPE", "1:3:11 (complete)", ""),
        (HEAD + "ci: []", "UNKNOWN_FIELD", "1:3:5 (ci)", "did you mean cis?"),
        (HEAD + "cis: {a: b}", "WRONG_TYPE", "1:3:6 (cis)", "dash"),
        (HEAD + "cis: [a]", "WRONG_TYPE", "1:3:7 (cis[0])", "key: …"),
        (HEAD + "relationships: [a]", "WRONG_TYPE", "1:3:17 (relationships[0])", "source: …"),
        (HEAD + "---\nx: 1", "SECOND_DOCUMENT", "1:4:1", "one estate file"),
        (HEAD + "data_source: b", "DUPLICATE_NAME", "1:3:1 (data_source)", "keep one"),
    ],
)
def test_a_file_that_is_not_an_estate(text: str, code: str, place: str, hint: str) -> None:
    """Its head, its sections and its form."""
    fault = the_fault(text)

    assert (fault.code, str(fault.place)) == (code, place)
    assert hint in fault.remedy


@pytest.mark.parametrize(
    ("field", "code", "place", "hint"),
    [
        ("tieer: 1", "UNKNOWN_FIELD", "tieer", "did you mean tier?"),
        ("depends-on: [b]", "UNKNOWN_FIELD", "depends-on", "did you mean depends_on?"),
        ("rto_minutes: 4", "UNKNOWN_FIELD", "rto_minutes", "did you mean rtoMinutes?"),
        ("id: ci_1", "UNKNOWN_FIELD", "id", "key"),
        ("hostname: x", "UNKNOWN_FIELD", "hostname", "under attributes:"),
        ("name: [x]", "WRONG_TYPE", "name", ""),
        ("attributes: [x]", "WRONG_TYPE", "attributes", ""),
        ("attributes: {redundancy.db: {}}", "UNKNOWN_FIELD", "attributes.redundancy.db", "beside"),
        ("attributes: {tier: 1}\n    tier: 1", "DUPLICATE_NAME", "attributes.tier", "keep one"),
        ("tier: 1\n    tier: 2", "DUPLICATE_NAME", "tier", "keep one"),
        ("redundancy: [x]", "WRONG_TYPE", "redundancy", ""),
        ('redundancy: {"": {k: 1}}', "MISSING_FIELD", "redundancy", ""),
        ("redundancy: {g: 2}", "WRONG_TYPE", "redundancy.g", ""),
        ("redundancy: {g: {k: 0}}", "OUT_OF_RANGE", "redundancy.g.k", ""),
        ("redundancy: {g: {k: -1}}", "OUT_OF_RANGE", "redundancy.g.k", ""),
        ("redundancy: {g: {k: 1.5}}", "WRONG_TYPE", "redundancy.g.k", ""),
        ("redundancy: {g: {k: true}}", "WRONG_TYPE", "redundancy.g.k", "true"),
        ("redundancy: {g: {k: 2, k_full: 1}}", "OUT_OF_RANGE", "redundancy.g.k_full", "at least k"),
        (
            "redundancy: {g: {k: 1, percent: 9}}",
            "K_AND_PERCENT",
            "redundancy.g.percent",
            "keep one",
        ),
        ("redundancy: {g: {percent: 0}}", "OUT_OF_RANGE", "redundancy.g.percent", ""),
        ("redundancy: {g: {percent: 101}}", "OUT_OF_RANGE", "redundancy.g.percent", ""),
        ("redundancy: {g: {percent: .inf}}", "WRONG_TYPE", "redundancy.g.percent", ""),
        ("redundancy: {g: {mode: ACTIV}}", "UNKNOWN_VALUE", "redundancy.g.mode", "ACTIVE_ACTIVE"),
        (
            "redundancy: {g: {switch_minutes: -1}}",
            "OUT_OF_RANGE",
            "redundancy.g.switch_minutes",
            "",
        ),
        ("redundancy: {g: {kfull: 1}}", "UNKNOWN_FIELD", "redundancy.g.kfull", "k_full"),
        ("depends_on: b", "WRONG_TYPE", "depends_on", "dash"),
        ("depends_on: [~]", "MISSING_FIELD", "depends_on[0]", "key"),
        ("depends_on: [[b]]", "WRONG_TYPE", "depends_on[0]", "key"),
        ("depends_on: [b, b]", "DUPLICATE_RELATIONSHIP", "depends_on[1]", "first at 1:6"),
        ("depends_on: [a]", "SELF_LOOP", "depends_on[0]", "another"),
        ("depends_on: [{key: b, name: c}]", "UNKNOWN_FIELD", "depends_on[0].name", ""),
        ("depends_on: [{class: Server}]", "INVALID_REFERENCE", "depends_on[0]", "key"),
        ("depends_on: [{id: x, key: y}]", "INVALID_REFERENCE", "depends_on[0]", "key"),
        ("depends_on: [{data_source: team, key: a}]", "SELF_LOOP", "depends_on[0]", ""),
        ("relationships: [b]", "WRONG_TYPE", "relationships[0]", "depends_on"),
        ("relationships: [{target: b}]", "MISSING_FIELD", "relationships[0].type", "DEPENDS_ON"),
        ("relationships: [{type: USES}]", "MISSING_FIELD", "relationships[0].target", "key"),
    ],
)
def test_a_ci_with_a_mistake_in_it(field: str, code: str, place: str, hint: str) -> None:
    """Every mistake is placed to its field, and says what to write."""
    fault = the_fault(f"{CI}    {field}\n")

    assert (fault.code, fault.place.path) == (code, f"cis[0].{place}")
    assert fault.place.line is not None
    assert fault.place.line >= 4
    assert hint in fault.remedy


@pytest.mark.parametrize(
    ("field", "code", "hint"),
    [
        ("strength: WEAK", "UNKNOWN_VALUE", "HARD"),
        ("role: LEADER", "UNKNOWN_VALUE", "STANDBY"),
        ("uplink: UP", "UNKNOWN_VALUE", "SOURCE"),
        ("tolerance_minutes: -1", "OUT_OF_RANGE", ""),
        ("tolerance_minutes: soon", "WRONG_TYPE", "soon"),
        ("port: 0", "OUT_OF_RANGE", ""),
        ("port: 65536", "OUT_OF_RANGE", ""),
        ("port: http", "WRONG_TYPE", "http"),
        ("channels: DATA", "WRONG_TYPE", "dash"),
        ("group: [g]", "WRONG_TYPE", ""),
        ("toleranceMinutes: 1", "UNKNOWN_FIELD", "tolerance_minutes"),
        ("source: b", "UNKNOWN_FIELD", "written in"),
    ],
)
def test_a_relationship_with_a_mistake_in_it(field: str, code: str, hint: str) -> None:
    """The same of relationships."""
    fault = the_fault(f"{CI}    relationships:\n      - {{type: USES, target: b, {field}}}\n")

    name = field.partition(":")[0]
    assert (fault.code, fault.place.path) == (code, f"cis[0].relationships[0].{name}")
    assert fault.place.line == 7
    assert hint in fault.remedy


@pytest.mark.parametrize("field", ["key", "class"])
def test_a_ci_without_what_it_cannot_do_without(field: str) -> None:
    """Missing, nothing and empty are the same."""
    for text in ("", f"{field}: ~", f'{field}: ""'):
        ci = {"key": "key: a", "class": "class: Server", field: text}
        written = ", ".join(each for each in ci.values() if each)

        fault = the_fault(HEAD + f"cis: [{{{written}}}]")

        assert (fault.code, fault.place.path) == ("MISSING_FIELD", f"cis[0].{field}")


def test_lists_all_faults_at_once() -> None:
    """Of the head, of every CI, of every relationship: one round of mending."""
    text = """graph_service: 1
data_sorce: x
cis:
  - {key: a, class: Server, teir: 1}
  - {key: a, class: Server}
  - {class: Server}
relationships:
  - {source: a, target: a, type: USES}
"""

    assert sorted(read(COLLECTOR, text).codes) == sorted(
        [
            "UNKNOWN_FIELD",
            "MISSING_FIELD",
            "UNKNOWN_FIELD",
            "DUPLICATE_KEY",
            "MISSING_FIELD",
            "SELF_LOOP",
        ]
    )


def test_what_a_faulty_record_says_otherwise_is_told_along() -> None:
    """So that a misspelt class is not found out only after the misspelt field is mended."""
    text = (
        HEAD
        + """cis:
  - {class: Sever, teir: 1, tier: 9, relationships: [{type: USE, target: b}], depends_on: [c]}
relationships:
  - {source: a, type: USE, target: b, prot: 1, port: 80}
"""
    )

    first, missing, other = (
        each for each in read(COLLECTOR, text).events if isinstance(each, Unreadable)
    )

    ci, *relationships = first.understood
    assert isinstance(ci, CIObservation)
    assert (ci.native_key, ci.class_name, ci.attributes) == ("", "Sever", {"tier": 9})
    assert [each.type for each in relationships if isinstance(each, RelationshipObservation)] == [
        "USE",
        "DEPENDS_ON",
    ]
    assert missing.understood == ()
    (relationship,) = other.understood
    assert isinstance(relationship, RelationshipObservation)
    assert (relationship.type, relationship.attributes) == ("USE", {"port": 80})


def test_a_truncated_file_is_not_read_to_the_end() -> None:
    """Whatever its first half says, it is not all there is."""
    found = read(
        COLLECTOR, HEAD + 'complete: true\ncis:\n  - {key: a, class: Server}\n  - {key: "b'
    )

    assert found.codes == ["NOT_YAML"]
    assert "cut off" in found.faults[0].remedy
    assert not found.to_the_end


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "cis:\n{{- range .Values.apps }}\n  - {key: a, class: Server}\n{{- end }}\n",
        HEAD + "cis:\n  - key: {{ .Values.name }}\n    class: Server\n",
    ],
)
def test_a_template_is_told_to_be_rendered(text: str) -> None:
    """One fault says so; those that follow from it may be there as well."""
    fault = read(COLLECTOR, text).faults[0]

    assert (fault.code, fault.place.line) == ("TEMPLATE", 4)
    assert "render" in fault.remedy


def test_what_a_file_without_a_head_says_is_checked_with_the_rest() -> None:
    """A missing data source must not put off what is wrong with the CIs: one round of mending."""
    headless = "graph_service: 1\ncis: [{key: a, class: Sever}]\n"
    other = HEAD + "cis: [{key: b, class: Server, tier: 9}]\n"

    found = read(COLLECTOR, headless, other, complete=True)

    assert found.codes == ["MISSING_FIELD"]
    assert {each.class_name for each in found.cis.values()} == {"Sever", "Server"}
    (reading,) = found.readings
    assert reading.strict
    assert not reading.complete
    assert not found.to_the_end


def test_a_head_that_is_mended_meanwhile_brings_nothing_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was refused by its head is not taken in under another name."""
    monkeypatch.setattr(estate, "read_header", lambda *_: Header())

    assert read(COLLECTOR, HEAD + "cis: [{key: b, class: Server}]\n").codes == ["CHANGED"]


def test_the_faults_of_all_files_come_together() -> None:
    """A second broken file is not found out only after the first is mended."""
    found = read(COLLECTOR, "graph_service: 1", "[", HEAD.encode("utf-16")[:-1])

    assert found.codes == ["MISSING_FIELD", "NOT_YAML", "WRONG_ENCODING"]
