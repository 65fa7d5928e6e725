"""A file of edits says where everything wrong with it stands, all at once."""

from pathlib import Path

import pytest

from graph_service.cli.editing.edit_file import BYTES_MAX, EditFile, read_edits
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place


def _read(folder: Path, text: str | bytes) -> EditFile:
    file = folder / "edits.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_edits(file)


def _faults(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(InvalidInputError) as refused:
        _read(folder, text)
    return [str(each).removeprefix(str(folder)) for each in refused.value.faults]


def test_edits_are_read_as_graphql_takes_them(tmp_path: Path) -> None:
    found = _read(
        tmp_path,
        "- createCi: {key: spare, name: 2026-01-01, class: Database, tier: 1}\n"
        "- setRelationship: {type: DEPENDS_ON, source: {key: a}, target: {key: spare}}\n",
    )
    assert found.edits == [
        {"createCi": {"key": "spare", "name": "2026-01-01", "class": "Database", "tier": 1}},
        {
            "setRelationship": {
                "type": "DEPENDS_ON",
                "source": {"key": "a"},
                "target": {"key": "spare"},
            }
        },
    ]


def test_json_is_yaml(tmp_path: Path) -> None:
    assert _read(tmp_path, '\ufeff[{"retireCi": {"key": "a"}}]').edits == [
        {"retireCi": {"key": "a"}}
    ]


def test_everything_wrong_with_its_shape_is_told_with_line_and_path(tmp_path: Path) -> None:
    text = (
        "- createCi: {name: X, class: Database, tier: high}\n"
        "- setRelationship:\n"
        "    type: DEPENDS_ON\n"
        "    sourc: {key: a}\n"
        "    target: {key: b}\n"
        "- retireCi: {key: a}\n"
        "  updateCi: {ci: {key: b}}\n"
    )
    faults = _faults(tmp_path, text)
    assert [each.split(": ")[0] for each in faults] == [
        "/edits.yaml:1:46 ([0].createCi.tier)",
        "/edits.yaml:3:5 ([1].setRelationship)",
        "/edits.yaml:3:5 ([1].setRelationship)",
        "/edits.yaml:6:3 ([2])",
    ]
    assert "did you mean 'source'" in faults[2].lower()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no edit in this file"),
        ("# nothing\n", "there is no edit in this file"),
        ("retireCi: {key: a}\n", "this is no list of edits"),
        ("- retireCi: {key: a\n", "not readable as YAML"),
        ("- retireCi: &a {key: a}\n- retireCi: *a\n", "stands for something written elsewhere"),
        ("- retireCi: {key: a, key: b}\n", "'key' stands here twice"),
        (b"- retireCi: {key: \xff}\n", "is not UTF-8 from byte 18 on"),
        (b"#" * (BYTES_MAX + 1), "is larger than"),
        ("- " * 30, "nested deeper than"),
    ],
)
def test_what_is_no_file_of_edits_is_refused(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert said in "\n".join(_faults(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"absent\.yaml: cannot be read"):
        read_edits(tmp_path / "absent.yaml")


def test_faults_found_later_are_put_on_their_line(tmp_path: Path) -> None:
    found = _read(tmp_path, "- retireCi: {key: a}\n- retireCi:\n    key: b\n")
    fault = Fault(code="X", message="no", place=Place("input", "edits[1].retireCi.key"))
    elsewhere = Fault(code="X", message="no", place=Place("input", "reason"))
    assert [str(each.place.line) for each in found.located([fault, elsewhere])] == ["3", "None"]
