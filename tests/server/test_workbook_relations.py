"""Relationships, redundancy groups and tags go out in a workbook, are edited and come back."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from graph_service.api.exports.lists import LISTS
from graph_service.use_cases.files.open_tables import CLOSED, GROUPS, RELATIONSHIPS
from tests.server.program import Done, Program
from tests.server.test_workbook import attribute, revisions, said

pytestmark = pytest.mark.server

Cells = Mapping[tuple[str, str, str], object]
"""What to write: (sheet, what its row begins with, column) to value."""


@pytest.fixture
def shop(program: Program, estate_file: Path) -> Program:
    assert program("import", "estate", estate_file).code == 0
    return program


def exported(program: Program, folder: Path) -> Path:
    file = folder / "estate.xlsx"
    assert program("export", "workbook", "-o", file).code == 0
    return file


def edited(file: Path, cells: Cells) -> Path:
    """Write into cells as a person does; a row that is not there is added."""
    book = load_workbook(file)
    for (name, begins, column), value in cells.items():
        sheet: Any = book[name]
        columns = {each.value: number for number, each in enumerate(sheet[1], 1)}
        first = begins.split(" ")
        rows = {
            tuple(str(each.value) for each in row[: len(first)]): row[0].row
            for row in sheet.iter_rows(min_row=2)
        }
        number = rows.get(tuple(first)) or sheet.max_row + 1
        for index, text in enumerate(first, 1):
            sheet.cell(number, index).value = text
        sheet.cell(number, columns[column]).value = value
    book.save(file)
    return file


def relationship(program: Program, folder: Path, ends: str) -> dict[str, Any]:
    """Return a relationship as the estate has it."""
    file = folder / "now.json"
    assert program("export", "relationships", "-o", file).code == 0
    rows = json.loads(file.read_text("utf-8"))["rows"]
    return next(
        each for each in rows if f"{each['source']} {each['type']} {each['target']}" == ends
    )


def planned(program: Program, file: Path, *more: str) -> Done:
    return program("import", "workbook", file, "--plan", "--format", "json", *more)


def test_a_workbook_that_nobody_edited_asks_for_nothing(shop: Program, tmp_path: Path) -> None:
    tagged = tmp_path / "tags.csv"
    tagged.write_text("key,tags\npg-1,exempt; wave=3\n", "utf-8")
    assert shop("import", "workbook", tagged).code == 0

    done = planned(shop, exported(shop, tmp_path))

    assert done.code == 0, said(done)
    assert done.json["changes"] == done.json["conflicts"] == []
    assert done.json["unchangedCount"] == done.json["rowCount"] == 5 + 4 + 1
    assert load_workbook(tmp_path / "estate.xlsx").sheetnames == [
        "CIs", "Relationships", "Redundancy groups", "README", "Values",
    ]  # fmt: skip


@pytest.mark.parametrize("listed", ["relationships", "groups"])
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_list_of_its_own_comes_back_without_a_change(
    shop: Program, tmp_path: Path, listed: str, form: str
) -> None:
    file = tmp_path / f"list.{form}"
    assert shop("export", listed, "-o", file).code == 0

    done = planned(shop, file)

    assert done.code == 0, said(done)
    assert done.json["unchangedCount"] == done.json["rowCount"] > 0
    assert len(revisions(shop)) == 1


def test_cells_of_relationships_groups_and_tags_are_written_as_one_revision(
    shop: Program, tmp_path: Path
) -> None:
    file = edited(
        exported(shop, tmp_path),
        {
            ("Relationships", "api DEPENDS_ON pg-1", "role"): "STANDBY",
            ("Relationships", "reports USES api", "toleranceMinutes"): "4 h",
            ("Relationships", "checkout DEPENDS_ON pg-2", "strength"): "SOFT",
            ("Relationships", "checkout DEPENDS_ON pg-2", "evidence"): "tested",
            ("Redundancy groups", "api", "k"): 2,
            ("Redundancy groups", "api", "mode"): "<clear>",
            ("CIs", "pg-1", "tags"): "exempt; wave=3",
        },
    )

    plan = planned(shop, file)
    changes = {(each["key"], each["column"]): each["after"] for each in plan.json["changes"]}
    applied = shop("import", "workbook", file)

    assert changes == {
        ("api DEPENDS_ON pg-1", "role"): "STANDBY",
        ("reports USES api", "toleranceMinutes"): 240,
        ("checkout DEPENDS_ON pg-2", "type"): "DEPENDS_ON",
        ("checkout DEPENDS_ON pg-2", "strength"): "SOFT",
        ("checkout DEPENDS_ON pg-2", "evidence"): "tested",
        ("api db", "k"): 2,
        ("api db", "mode"): None,
        ("pg-1", "tags"): ["exempt", "wave=3"],
    }
    assert applied.code == 0, said(applied)
    assert len(revisions(shop)) == 2
    standby = relationship(shop, tmp_path, "api DEPENDS_ON pg-1")
    assert (standby["group"], standby["role"]) == ("db", "STANDBY")
    cached = relationship(shop, tmp_path, "reports USES api")
    assert (cached["strength"], cached["toleranceMinutes"]) == ("SOFT", 240)
    assert cached["evidence"] == "cached, tested 2026-05-02"
    assert relationship(shop, tmp_path, "checkout DEPENDS_ON pg-2")["strength"] == "SOFT"
    assert attribute(shop, "api", "redundancy.db") == {"k": 2}
    assert attribute(shop, "pg-1", "tag.wave") == "3"
    again = shop("import", "workbook", file)
    assert "Nothing to write" in said(again)


def test_what_is_new_in_one_workbook_may_name_what_else_is_new_there(
    shop: Program, tmp_path: Path
) -> None:
    file = edited(
        exported(shop, tmp_path),
        {
            ("CIs", "pg-3", "name"): "PostgreSQL 3",
            ("CIs", "pg-3", "class"): "Database",
            ("Relationships", "api DEPENDS_ON pg-3", "group"): "db",
            ("Redundancy groups", "pg-3 disks", "percent"): 50,
        },
    )

    done = shop("import", "workbook", file)

    assert done.code == 0, said(done)
    assert "3 created" in said(done)
    assert relationship(shop, tmp_path, "api DEPENDS_ON pg-3")["group"] == "db"
    assert attribute(shop, "pg-3", "redundancy.disks") == {"percent": 50}


@pytest.mark.parametrize("choice", ["MINE", "THEIRS"])
def test_a_cell_of_a_relationship_and_of_a_group_that_both_sides_changed_waits_for_a_choice(
    shop: Program, tmp_path: Path, choice: str
) -> None:
    exported(shop, tmp_path)
    theirs = tmp_path / "theirs.xlsx"
    theirs.write_bytes((tmp_path / "estate.xlsx").read_bytes())
    line, group = (
        ("Relationships", "api DEPENDS_ON pg-1", "port"),
        ("Redundancy groups", "api", "k"),
    )
    assert shop("import", "workbook", edited(theirs, {line: 5432, group: 2})).code == 0
    mine = edited(tmp_path / "estate.xlsx", {line: 6432, group: "<clear>"})

    open_plan = planned(shop, mine)
    chosen = shop("import", "workbook", mine, "--resolve", f"all={choice}")

    assert open_plan.code == 2
    assert open_plan.json["changes"] == []
    assert {
        (each["key"], each["column"]): (each["exported"], each["mine"], each["theirs"])
        for each in open_plan.json["conflicts"]
    } == {("api DEPENDS_ON pg-1", "port"): (None, 6432, 5432), ("api db", "k"): (1, None, 2)}
    assert {each["changedIn"] for each in open_plan.json["conflicts"]} == {2}
    assert chosen.code == 0, said(chosen)
    is_mine = choice == "MINE"
    assert relationship(shop, tmp_path, "api DEPENDS_ON pg-1")["port"] == (
        6432 if is_mine else 5432
    )
    rules = {"mode": "ACTIVE_ACTIVE"} if is_mine else {"k": 2, "mode": "ACTIVE_ACTIVE"}
    assert attribute(shop, "api", "redundancy.db") == rules


def test_everything_wrong_with_relationships_and_groups_is_said_at_its_cell(
    shop: Program, tmp_path: Path
) -> None:
    file = edited(
        exported(shop, tmp_path),
        {
            ("Relationships", "api DEPENDS_ON pg-1", "strength"): "WEAK",
            ("Relationships", "api DEPENDS_ON pg-9", "group"): "db",
            ("Relationships", "api LEANS_ON pg-2", "group"): "db",
            ("Redundancy groups", "api", "k"): "many",
            ("Redundancy groups", "nobody db", "k"): 1,
            ("CIs", "pg-1", "tags"): "-no",
        },
    )

    done = shop("import", "workbook", file)

    assert done.code == 1
    text = said(done)
    for words in ("WEAK", "pg-9", "LEANS_ON", "many", "nobody", "-no"):
        assert words in text
    assert len(revisions(shop)) == 1


def test_a_plan_says_what_data_sources_say_otherwise(shop: Program, tmp_path: Path) -> None:
    file = edited(
        exported(shop, tmp_path),
        {
            ("CIs", "checkout", "tier"): 2,
            ("Relationships", "reports USES api", "evidence"): "a guess",
            ("Relationships", "api DEPENDS_ON pg-1", "strength"): "SOFT",
        },
    )

    notes = " ".join(planned(shop, file).json["notes"])

    assert "shop says tier of checkout is 0; what you state outranks that" in notes
    assert "shop says evidence of reports USES api is cached, tested 2026-05-02" in notes
    assert "SOFT is taken at your word" in notes
    assert "edits[" not in notes


def test_a_row_that_is_missing_retires_no_relationship_and_no_group(
    shop: Program, tmp_path: Path
) -> None:
    file = exported(shop, tmp_path)
    book = load_workbook(file)
    for name in ("Relationships", "Redundancy groups", "CIs"):
        book[name].delete_rows(2, 2)
    book.save(file)

    done = shop("import", "workbook", file)

    assert done.code == 0, said(done)
    assert len(revisions(shop)) == 1


@pytest.mark.parametrize("listed", ["log", "revisions", "runs", "unresolved"])
def test_a_list_that_is_only_to_read_is_refused_with_the_reason(
    shop: Program, tmp_path: Path, listed: str
) -> None:
    file = tmp_path / "list.xlsx"
    assert shop("export", listed, "-o", file).code == 0

    done = shop("import", "workbook", file)

    reason = next(each.reason for each in CLOSED if each.name == listed)
    assert done.code == 1
    assert f"this is the list {listed}, which is only to read: {reason}" in said(done)
    readme = load_workbook(file)["README"]
    texts = [str(row[1].value) for row in readme.iter_rows()]
    assert f"only to read: {reason}" in texts


def test_every_list_is_edited_or_says_why_not() -> None:
    """And is known by columns that it has."""
    closed = {each.name: each.known_by for each in CLOSED}

    assert {*LISTS} - {*closed} == {"cis", RELATIONSHIPS.name, GROUPS.name}
    for name, known_by in closed.items():
        columns = {each.name.casefold() for each in LISTS[name].columns}
        assert known_by <= columns
        assert not any(
            other <= {each.name.casefold() for each in LISTS[open_one].columns}
            for other in (known_by,)
            for open_one in ("cis", "relationships", "groups")
        )


@pytest.mark.neo4j
def test_neo4j_takes_a_whole_workbook_back_like_the_embedded_store(
    program: Program, on_neo4j: Program, estate_file: Path, tmp_path: Path
) -> None:
    answers = []
    for number, store in enumerate((program, on_neo4j)):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert store("import", "estate", estate_file).code == 0
        unchanged = planned(store, exported(store, folder)).json
        file = edited(
            folder / "estate.xlsx",
            {
                ("Relationships", "api DEPENDS_ON pg-1", "role"): "STANDBY",
                ("Redundancy groups", "api", "k"): 2,
                ("CIs", "pg-1", "tags"): "exempt; wave=3",
            },
        )
        changes = planned(store, file).json["changes"]
        assert store("import", "workbook", file).code == 0
        again = planned(store, exported(store, folder)).json
        answers.append(
            (
                unchanged["changes"],
                sorted((each["key"], each["column"], str(each["after"])) for each in changes),
                relationship(store, folder, "api DEPENDS_ON pg-1")["role"],
                attribute(store, "api", "redundancy.db"),
                attribute(store, "pg-1", "tag.wave"),
                again["changes"],
            )
        )

    assert answers[0] == answers[1]
    assert answers[0][0] == answers[0][5] == []
    assert answers[0][2:5] == ("STANDBY", {"k": 2, "mode": "ACTIVE_ACTIVE"}, "3")
