"""What an estate file says, word for word."""

from pathlib import Path

import pytest

from discovery.collectors.estate import COLLECTOR
from graph_service import (
    CIObservation,
    InvalidInputError,
    Place,
    Progress,
    ReadingRequest,
    Reference,
    Unreadable,
)
from tests.unit.discovery.reading import Read, read

HEAD = "graph_service: 1\ndata_source: team\n"


def estate(text: str, *, complete: bool = False) -> Read:
    """Read an estate file below a good head."""
    return read(COLLECTOR, HEAD + text, complete=complete)


def test_reads_a_ci_with_everything_on_it() -> None:
    """Fields of every class, of its class, and redundancy groups are attributes."""
    found = estate("""
cis:
  - key: api
    class: Application
    name: The API
    tier: 1
    owner: ~
    attributes: {language: Go, ports: [80, 443]}
    redundancy:
      db: {k: 2, k_full: 3, mode: AUTO, switch_minutes: 1.5, strength: HARD, evidence: tested}
      dns: {percent: 50}
      unknown:
""")

    assert found.to_the_end
    (ci,) = found.cis.values()
    assert (ci.key, ci.class_name, ci.name, ci.text_values) == (
        "api",
        "Application",
        "The API",
        True,
    )
    assert ci.attributes == {
        "tier": 1,
        "owner": None,
        "language": "Go",
        "ports": [80, 443],
        "redundancy.db": {
            "k": 2,
            "kFull": 3,
            "mode": "AUTO",
            "switchMinutes": 1.5,
            "strength": "HARD",
            "evidence": "tested",
        },
        "redundancy.dns": {"percent": 50},
        "redundancy.unknown": {},
    }
    assert ci.place == Place("1", "cis[0]", 5, 5)


def test_reads_relationships_in_each_form() -> None:
    """Written in the CI, in short, and on their own."""
    found = estate("""
cis:
  - key: api
    class: Application
    relationships:
      - type: USES
        target: mail
        strength: SOFT
        evidence: queue
        tolerance_minutes: 30
        channels: [DATA]
        group: g
        role: STANDBY
        uplink: SOURCE
        protocol: smtp
        port: 25
    depends_on: [auth, {class: Server, key: s1}]
relationships:
  - {source: {data_source: other, key: w}, type: MEMBER_OF, target: {id: ci_1}}
""")

    assert found.to_the_end
    assert found.arrows == {
        "api USES mail",
        "api DEPENDS_ON auth",
        "api DEPENDS_ON Server s1",
        "w of other MEMBER_OF ci_1",
    }
    assert found.arrow("api USES mail").attributes == {
        "strength": "SOFT",
        "channels": ["DATA"],
        "toleranceMinutes": 30,
        "group": "g",
        "role": "STANDBY",
        "uplink": "SOURCE",
        "evidence": "queue",
        "protocol": "smtp",
        "port": 25,
    }
    assert found.relationships[2].target == Reference(key="s1", class_name="Server")
    assert found.relationships[3].place == Place("1", "relationships[0]", 21, 5)


@pytest.mark.parametrize("key", ["NO", "0123", "1.10", "12", "true", "2026-03-01", "=", "x: 1"])
def test_a_key_is_what_was_written(key: str) -> None:
    """Norway keeps its servers, and versions their zeros."""
    written = f'"{key}"' if ":" in key else key

    assert [*estate(f"cis: [{{key: {written}, class: Server}}]").cis] == [key]


def test_a_name_may_be_anything_one_can_write() -> None:
    """Any script, ten thousand characters, control characters as escapes, code that does harm."""
    names = [
        "Ωμέγα 決済 😀",
        "x" * 10_000,
        "a\x07b",
        "'; DROP TABLE ci; --",
        "`}) DETACH DELETE n //",
    ]
    text = "".join(
        f'  - {{key: k{n}, class: Server, name: "{name}"}}\n' for n, name in enumerate(names)
    )

    found = estate("cis:\n" + text.replace("\x07", r"\x07"))

    assert [each.name for each in found.cis.values()] == names


def test_the_name_is_the_key_unless_said_otherwise() -> None:
    """One word less to write."""
    assert estate("cis: [{key: a, class: Server}]").cis["a"].name == "a"


def test_says_whose_it_is_and_whether_it_is_all_there_is() -> None:
    """By itself, or because whoever asked says so. A person wrote it."""
    (reading,) = estate("complete: true\n").readings
    assert (reading.data_source, reading.complete, reading.strict) == ("team", True, True)
    assert not estate("complete: false\n").readings[0].complete
    assert estate("cis:\n", complete=True).readings[0].complete


def test_the_head_may_stand_at_the_end() -> None:
    """Fields of a mapping have no order."""
    found = read(COLLECTOR, "cis: [{key: a, class: Server}]\ncomplete: true\n" + HEAD)

    assert found.readings[0].complete
    assert [*found.cis] == ["a"]


def test_files_of_one_data_source_are_one_reading() -> None:
    """Otherwise the second of two complete files would retire what is in the first."""
    first = HEAD + "complete: true\ncis: [{key: a, class: Server}]"
    second = HEAD + "complete: true\ncis: [{key: b, class: Server}]"
    partial = HEAD + "cis: [{key: c, class: Server}]"
    other = "graph_service: 1\ndata_source: other\n"

    assert [each.data_source for each in read(COLLECTOR, first, second, other).readings] == [
        "team",
        "other",
    ]
    assert read(COLLECTOR, first, second).readings[0].complete
    assert not read(COLLECTOR, first, partial).readings[0].complete
    assert [*read(COLLECTOR, first, second).cis] == ["a", "b"]


def test_keys_are_unique_over_all_files_of_a_data_source() -> None:
    """The fault names both places."""
    text = HEAD + "cis: [{key: a, class: Server}]"

    (fault,) = read(COLLECTOR, text, text).faults

    assert fault.code == "DUPLICATE_KEY"
    assert str(fault.place) == "2:3:13 (cis[0].key)"
    assert "1:3:13 (cis[0].key)" in fault.remedy


def test_json_is_an_estate_file_too() -> None:
    """Programs write it."""
    text = (
        '{"graph_service": 1, "data_source": "t", "cis": [{"key": "a\\u00e9", "class": "Server"}]}'
    )

    assert [*read(COLLECTOR, text).cis] == ["aé"]


def test_tells_how_far_it_is() -> None:
    """A long reading is watched."""
    cis = "".join(f"  - {{key: k{n}, class: Server}}\n" for n in range(2000))

    steps = [each for each in estate("cis:\n" + cis).events if isinstance(each, Progress)]

    assert len(steps) > 2
    assert [each.done for each in steps] == sorted(each.done for each in steps)
    assert steps[-1].done == steps[-1].total


def test_a_file_that_changes_between_opening_and_reading_is_not_believed(tmp_path: Path) -> None:
    """What is read must be what was announced."""
    file = tmp_path / "estate.yaml"
    file.write_text(HEAD)
    (reading,) = COLLECTOR.readings(ReadingRequest(paths=[file]))
    file.write_text(HEAD.replace("team", "other"))

    (fault,) = [each.fault for each in reading.events if isinstance(each, Unreadable)]

    assert fault.code == "CHANGED"


@pytest.mark.parametrize("content", [b"\xff", None])
def test_a_file_that_goes_away_between_opening_and_reading(
    tmp_path: Path, content: bytes | None
) -> None:
    """Gone, or no text any more: the reading does not reach its end."""
    file = tmp_path / "estate.yaml"
    file.write_text(HEAD)
    (reading,) = COLLECTOR.readings(ReadingRequest(paths=[file]))
    file.unlink()
    if content:
        file.write_bytes(content)

    (fault,) = [each.fault for each in reading.events if isinstance(each, Unreadable)]

    assert fault.code in {"CANNOT_OPEN", "NOT_UTF8"}


def test_finds_the_line_of_a_part_when_asked(tmp_path: Path) -> None:
    """What only the vocabulary knows to be wrong is still pointed at, wherever it was written."""
    file = tmp_path / "estate.yaml"
    file.write_text(
        HEAD
        + """cis:
  - key: a
    class: Server
    tier: 9
    attributes:
      hostname: x
      ipAddresses: [a, b]
    redundancy: {my.group: {k: 9}}
    relationships:
      - type: X
        target:
          key: b
    depends_on: [c, d]
  - {key: e, class: Server}
""",
        encoding="utf-8",
    )
    (reading,) = COLLECTOR.readings(ReadingRequest(paths=[file]))
    ci = next(each for each in reading.events if isinstance(each, CIObservation))

    def at(path: str, line: int = ci.place.line or 0) -> tuple[int | None, int | None]:
        found = COLLECTOR.locate(Place(str(file), path, line, 5))
        return found.line, found.column

    assert at("cis[0].class") == (5, 12)
    assert at("cis[0].attributes.tier") == (6, 11)
    assert at("cis[0].attributes.hostname") == (8, 17)
    assert at("cis[0].attributes.ipAddresses[1]") == (9, 24)
    assert at("cis[0].attributes.ipAddresses[7]") == (9, 20)
    assert at("cis[0].attributes.ipAddresses[1].x") == (9, 24)
    assert at("cis[0].redundancy.my.group.k") == (10, 32)
    assert at("cis[0].relationships") == (12, 7)
    assert at("cis[0].nothing.like.it") == (4, 5)
    assert COLLECTOR.locate(Place(str(file), "cis[0].relationships[0].target.key", 12, 9)) == Place(
        str(file), "cis[0].relationships[0].target.key", 14, 16
    )
    assert COLLECTOR.locate(Place("uploaded", "cis[0].class", 4, 5)) == Place(
        "uploaded", "cis[0].class", 4, 5
    )


def test_a_missing_file_is_no_reading(tmp_path: Path) -> None:
    """The request itself cannot be read."""
    with pytest.raises(InvalidInputError):
        COLLECTOR.readings(ReadingRequest(paths=[tmp_path / "nothing.yaml"]))


def test_tags_are_a_list_of_names_or_names_with_values() -> None:
    """A name that says it all has no value; numbers are what was written."""
    found = estate("""
cis:
  - {key: a, class: Server, tags: [exempt, pci]}
  - {key: b, class: Server, tags: {team: shop, size: 3, exempt: null}}
  - {key: c, class: Server, tags: null}
""")

    assert found.cis["a"].attributes == {"tag.exempt": "", "tag.pci": ""}
    assert found.cis["b"].attributes == {"tag.team": "shop", "tag.size": 3, "tag.exempt": ""}
    assert found.cis["c"].attributes == {}


def test_a_tag_has_no_place_among_attributes() -> None:
    """One way to write it."""
    found = estate("cis: [{key: a, class: Server, attributes: {tag.x: 1}}]")

    [fault] = found.faults
    assert (fault.code, fault.remedy) == ("UNKNOWN_FIELD", "write tags: beside attributes:")
