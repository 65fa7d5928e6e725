"""A workbook goes out, is edited and comes back: cell by cell, and never more than was edited."""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.server.conftest import ESTATE
from tests.server.program import Done, Program

pytestmark = pytest.mark.server

Sheet = Any
Editing = Callable[[Sheet, dict[str, int]], None]


@pytest.fixture
def shop(program: Program, estate_file: Path) -> Program:
    assert program("import", "estate", estate_file).code == 0
    return program


def exported(program: Program, folder: Path, *wanted: str) -> Path:
    """Export the CIs to a workbook."""
    file = folder / "cis.xlsx"
    assert program("export", "cis", *wanted, "-o", file).code == 0
    return file


def edited(file: Path, edit: Editing) -> Path:
    """Edit a workbook as a person does."""
    book = load_workbook(file)
    sheet: Sheet = book["CIs"]
    edit(sheet, {each.value: number for number, each in enumerate(sheet[1], 1)})
    book.save(file)
    return file


def row_of(sheet: Sheet, key: str) -> int:
    """Return the number of the row of a CI."""
    return next(int(row[0].row) for row in sheet.iter_rows() if row[0].value == key)


def attribute(program: Program, key: str, name: str) -> object:
    """Return what the estate says."""
    page = program("ci", key, "--format", "json").json
    return next((each["value"] for each in page["attributes"] if each["name"] == name), "nothing")


def revisions(program: Program) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = program("revisions", "--format", "json").json
    return listed


def said(done: Done) -> str:
    return " ".join((done.out + done.err).split())


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_list_that_nobody_edited_comes_back_without_a_change(
    shop: Program, tmp_path: Path, form: str
) -> None:
    file = tmp_path / f"cis.{form}"
    assert shop("export", "cis", "--columns", "all", "-o", file).code == 0

    planned = shop("import", "workbook", file, "--plan", "--format", "json")

    assert planned.code == 0
    assert planned.json["unchangedCount"] == planned.json["rowCount"] == 5
    assert planned.json["changes"] == planned.json["conflicts"] == []
    assert len(revisions(shop)) == 1


def test_each_edited_cell_is_planned_by_its_address_and_written_as_one_revision(
    shop: Program, tmp_path: Path
) -> None:
    def edit(sheet: Sheet, columns: dict[str, int]) -> None:
        sheet.cell(row_of(sheet, "api"), columns["tier"]).value = 1
        sheet.cell(row_of(sheet, "api"), columns["rtoMinutes"]).value = "4 h"
        sheet.cell(row_of(sheet, "checkout"), columns["tier"]).value = "<clear>"
        sheet.cell(row_of(sheet, "pg-1"), columns["owner"]).value = "=1+1"
        sheet.cell(row_of(sheet, "pg-1"), columns["owner"]).data_type = "s"
        sheet.cell(row_of(sheet, "pg-2"), columns["name"]).value = None

    file = edited(exported(shop, tmp_path), edit)
    planned = shop("import", "workbook", file, "--plan", "--format", "json")

    assert planned.code == 2
    changes = {(each["key"], each["column"]): each for each in planned.json["changes"]}
    assert {at: (each["before"], each["after"]) for at, each in changes.items()} == {
        ("api", "tier"): (None, 1),
        ("api", "rtoMinutes"): (None, 240),
        ("checkout", "tier"): (0, None),
        ("pg-1", "owner"): (None, "=1+1"),
    }
    assert changes["api", "tier"]["cell"].startswith("CIs!E")
    assert len(revisions(shop)) == 1

    applied = shop("import", "--apply", planned.json["id"], "--reason", "review of May")
    assert applied.code == 0
    assert attribute(shop, "api", "rtoMinutes") == 240
    assert attribute(shop, "checkout", "tier") is None
    assert attribute(shop, "pg-1", "owner") == "=1+1"
    assert revisions(shop)[0]["reason"] == "review of May"
    assert len(revisions(shop)) == 2


def test_a_file_that_was_applied_writes_nothing_when_it_comes_again(
    shop: Program, tmp_path: Path
) -> None:
    def edit(sheet: Sheet, columns: dict[str, int]) -> None:
        sheet.cell(2, columns["owner"]).value = "Ada"
        for name, text in (("name", "Fresh"), ("class", "Server")):
            sheet.cell(8, columns[name]).value = text
            sheet.cell(9, columns[name]).value = f"{text}y" if name == "name" else text
        sheet.cell(9, columns["key"]).value = "0042"

    file = edited(exported(shop, tmp_path), edit)
    first, second = (shop("import", "workbook", file) for _ in range(2))

    assert first.code == second.code == 0
    assert "Written as revision 2: 7 rows; 2 created, 1 updated, 4 unchanged" in said(first)
    assert "Nothing to write: 7 rows; 0 created, 0 updated, 7 unchanged" in said(second)
    assert shop("ci", "0042", "--format", "json").json["name"] == "Freshy"


def test_rows_and_columns_may_move_and_be_missing_and_nothing_is_deleted(
    shop: Program, tmp_path: Path
) -> None:
    exported(shop, tmp_path)
    old = load_workbook(tmp_path / "cis.xlsx")["CIs"]
    cells = {row[0].value: row for row in old.iter_rows(min_row=2)}
    book = Workbook()
    sheet: Sheet = book.active
    sheet.append(["A title that somebody put above it"])
    sheet.append(["OWNER", "# mine", "key"])
    sheet.append(["Grace", "a note", "pg-2"])
    sheet.append([None, "another", "api"])
    book.save(tmp_path / "moved.xlsx")

    done = shop("import", "workbook", tmp_path / "moved.xlsx")

    assert done.code == 0
    assert "2 rows; 0 created, 1 updated, 1 unchanged" in said(done)
    assert attribute(shop, "pg-2", "owner") == "Grace"
    assert {each["key"] for each in shop("find", "", "--format", "json").json["cis"]} == {*cells}


def test_a_cell_changed_on_both_sides_waits_for_somebody_to_choose(
    shop: Program, tmp_path: Path
) -> None:
    file = exported(shop, tmp_path)
    other = tmp_path / "other.xlsx"
    other.write_bytes(file.read_bytes())

    def set_owner(name: str) -> Editing:
        def edit(sheet: Sheet, columns: dict[str, int]) -> None:
            sheet.cell(row_of(sheet, "api"), columns["owner"]).value = name

        return edit

    def set_two(sheet: Sheet, columns: dict[str, int]) -> None:
        set_owner("Grace")(sheet, columns)
        sheet.cell(row_of(sheet, "api"), columns["tier"]).value = 2

    edited(other, set_owner("Ada"))
    assert shop("import", "workbook", other).code == 0
    edited(file, set_two)

    marked = tmp_path / "marked.xlsx"
    planned = shop("import", "workbook", file, "--format", "json", "--marked", marked)
    (conflict,) = planned.json["conflicts"]
    assert planned.code == 2
    assert (conflict["exported"], conflict["mine"], conflict["theirs"]) == (None, "Grace", "Ada")
    assert conflict["changedIn"] == 2
    assert conflict["changedBy"]
    sheet_name, spot = conflict["cell"].split("!")
    copy: Any = load_workbook(marked)
    assert "choose" in copy[sheet_name][spot].comment.text
    refused = shop("import", "--apply", planned.json["id"])
    assert refused.code == 1
    assert "choose MINE or THEIRS" in said(refused)
    assert attribute(shop, "api", "tier") == "nothing"

    theirs = shop(
        "import", "workbook", file, "--resolve", "all=THEIRS", "--plan", "--format", "json"
    )
    assert [each["column"] for each in theirs.json["changes"]] == ["tier"]
    mine = shop("import", "workbook", file, "--resolve", f"{conflict['cell']}=MINE")
    assert mine.code == 0
    assert attribute(shop, "api", "owner") == "Grace"
    assert attribute(shop, "api", "tier") == 2


def test_what_others_changed_is_kept_where_the_file_was_not_touched(
    shop: Program, tmp_path: Path
) -> None:
    file = exported(shop, tmp_path)
    later = tmp_path / "later.xlsx"
    later.write_bytes(file.read_bytes())

    def by_others(sheet: Sheet, columns: dict[str, int]) -> None:
        sheet.cell(row_of(sheet, "api"), columns["owner"]).value = "Ada"

    def by_me(sheet: Sheet, columns: dict[str, int]) -> None:
        sheet.cell(row_of(sheet, "api"), columns["tier"]).value = 3

    assert shop("import", "workbook", edited(later, by_others)).code == 0
    assert shop("import", "workbook", edited(file, by_me)).code == 0

    assert attribute(shop, "api", "owner") == "Ada"
    assert attribute(shop, "api", "tier") == 3


def test_everything_wrong_is_said_at_once_each_at_its_cell_and_marked_in_a_copy(
    shop: Program, tmp_path: Path
) -> None:
    def edit(sheet: Sheet, columns: dict[str, int]) -> None:
        rows = {key: row_of(sheet, key) for key in ("api", "checkout", "pg-1", "pg-2", "reports")}
        sheet.cell(rows["api"], columns["tier"]).value = "=1+1"
        sheet.cell(rows["checkout"], columns["tier"]).value = 7
        sheet.cell(rows["pg-1"], columns["class"]).value = "Databse"
        sheet.cell(rows["pg-2"], columns["environment"]).value = "Produktion"
        sheet.cell(rows["reports"], columns["rtoMinutes"]).value = "soon"
        sheet.cell(rows["reports"], columns["revision"]).value = 99
        sheet.cell(rows["api"], columns["key"]).value = "apy"
        sheet.cell(1, columns["owner"]).value = "ownr"
        sheet.cell(20, columns["name"]).value = "No class"
        sheet.merge_cells(start_row=30, end_row=31, start_column=1, end_column=2)

    file, marked = edited(exported(shop, tmp_path), edit), tmp_path / "marked.xlsx"
    done = shop("import", "workbook", file, "--marked", marked)
    out = said(done)

    assert done.code == 1
    for each in (
        "this is computed by =1+1",
        "7 is too large (the most is 4)",
        "did you mean Database or",
        "'PRODUKTION' is not a value it may have",
        "is not a number of minutes",
        "the newest is 1",
        "a key never changes",
        "did you mean owner?",
        "a new CI needs a class",
        "are merged into one cell",
        "10 faults in all.",
    ):
        assert each in out
    assert "cis.xlsx (CIs!" in out
    comments = [
        cell.comment.text
        for row in load_workbook(marked)["CIs"].iter_rows()
        for cell in row
        if cell.comment
    ]
    assert any("the most is 4" in each for each in comments)
    assert len(comments) == 10
    assert len(revisions(shop)) == 1


def test_rows_that_do_not_say_which_ci_they_mean_are_refused(shop: Program, tmp_path: Path) -> None:
    file = tmp_path / "cis.csv"
    file.write_text(
        "key,name,class,id\napi,,,\napi,,,\n,,,ci_nowhere\n,Twice,Server,\n,Twice,Server,\n"
    )

    done = shop("import", "workbook", file)

    assert done.code == 1
    assert said(done).count("is in 2 rows") == 4
    assert "there is no CI 'ci_nowhere'" in said(done)


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8-sig", ","), ("cp1252", ";"), ("utf-16", "\t")]
)
def test_csv_comes_back_from_any_spreadsheet(
    shop: Program, tmp_path: Path, encoding: str, separator: str
) -> None:
    file = tmp_path / "cis.csv"
    assert shop("export", "cis", "-o", file).code == 0
    rows = [*csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline=""))]
    next(each for each in rows if each["key"] == "api")["owner"] = "Zoë"
    text = io.StringIO()
    writer = csv.DictWriter(text, [*rows[0]], delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    file.write_bytes(text.getvalue().encode(encoding))

    done = shop("import", "workbook", file)

    assert done.code == 0, said(done)
    assert "0 created, 1 updated, 4 unchanged" in said(done)
    assert attribute(shop, "api", "owner") == "Zoë"


def test_hidden_rows_count_and_hidden_sheets_are_said_not_to(shop: Program, tmp_path: Path) -> None:
    file = exported(shop, tmp_path)
    book: Any = load_workbook(file)
    sheet = book["CIs"]
    columns = {each.value: number for number, each in enumerate(sheet[1], 1)}
    sheet.cell(3, columns["owner"]).value = "Ada"
    sheet.row_dimensions[3].hidden = True
    other = book.create_sheet("Old")
    other.append(["key", "owner"])
    other.append(["api", "Nobody"])
    other.sheet_state = "hidden"
    book.save(file)

    done = shop("import", "workbook", file, "--plan")

    assert "1 of the changed rows are hidden or filtered away: 3" in said(done)
    assert "sheet Old is hidden, so it was not read" in said(done)
    assert "0 created, 1 updated, 4 unchanged" in said(done)


def test_a_plan_under_which_something_moved_is_refused_and_made_anew(
    shop: Program, tmp_path: Path
) -> None:
    def edit(name: str) -> Editing:
        def of(sheet: Sheet, columns: dict[str, int]) -> None:
            sheet.cell(row_of(sheet, "api"), columns["owner"]).value = name

        return of

    file = edited(exported(shop, tmp_path), edit("Ada"))
    planned = shop("import", "workbook", file, "--plan", "--format", "json").json
    other = tmp_path / "tier.csv"
    other.write_text("key,tier\napi,1\n")
    assert shop("import", "workbook", other).code == 0

    stale = shop("import", "--apply", planned["id"])
    assert stale.code == 1
    assert "api" in said(stale)
    assert shop("import", "workbook", file).code == 0
    assert attribute(shop, "api", "owner") == "Ada"


def test_one_plan_is_applied_once(shop: Program, tmp_path: Path) -> None:
    file = tmp_path / "tier.csv"
    file.write_text("key,tier\napi,1\n")
    planned = shop("import", "workbook", file, "--plan", "--format", "json").json

    first, second = (shop("import", "--apply", planned["id"]) for _ in range(2))

    assert first.code == second.code == 0
    assert len(revisions(shop)) == 2


def test_a_service_takes_a_workbook_back_like_the_store(tmp_path: Path) -> None:
    folders = [tmp_path / each for each in ("ours", "theirs")]
    answers = []
    for number, folder in enumerate(folders):
        folder.mkdir()
        store = Program(f"sqlite:{folder / 'estate.db'}")
        (folder / "shop.yaml").write_text(ESTATE, "utf-8")
        assert store("import", "estate", folder / "shop.yaml").code == 0
        token = store("token", "create", "--name", "t", "--role", "ENGINEER").out.strip()
        with store.serving() as served:
            asked = store.asking(served.address, token) if number else store
            file = exported(asked, folder)
            edited(file, lambda sheet, columns: sheet.cell(2, columns["tier"], 1) and None)
            answers.append(asked("import", "workbook", file))
            file.write_text("key,teir\napi,1\n")
            answers.append(asked("import", "workbook", file.rename(folder / "bad.csv")))

    ours, ours_bad, theirs, theirs_bad = answers
    assert ours == theirs
    assert ours.code == 0
    assert ours_bad == theirs_bad
    assert "did you mean tier?" in said(ours_bad)


def archive(**parts: str | bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.xlsx", b"", "this is no workbook"),
        ("a.xlsx", b"key,tier\n", "this is text, not a workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted, or an old .xls"),
        ("a.xlsx", b"PK\x03\x04" + bytes(100), "the end of this workbook is missing"),
        ("a.xlsm", archive(xl__vbaProject_dot_bin=b"x"), "carries macros"),
        ("a.xlsb", archive(xl__workbook_dot_bin=b"x"), "an .xlsb workbook"),
        ("a.ods", archive(mimetype=b"x", content_dot_xml=b"x"), "an OpenDocument file"),
        ("a.zip", archive(letter_dot_txt=b"x"), "this is no workbook"),
        ("a.csv", b"\x00\x01\x02key", "not text in an encoding we know"),
        ("a.csv", b'key,owner\napi,"never ends\n', "cannot be read"),
        ("a.csv", b"name,owner\nx,y\n", "no sheet has a column called key or id"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_refused_in_a_sentence(
    shop: Program, tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)

    done = shop("import", "workbook", file)

    assert done.code == 1
    assert expected in said(done)
    assert "Traceback" not in done.err


def test_a_workbook_cut_off_or_damaged_is_refused(shop: Program, tmp_path: Path) -> None:
    whole = exported(shop, tmp_path).read_bytes()
    for number, content in enumerate(
        (whole[: len(whole) // 2], whole[:2000] + b"x" + whole[2001:])
    ):
        file = tmp_path / f"{number}.xlsx"
        file.write_bytes(content)
        done = shop("import", "workbook", file)
        assert done.code == 1
        assert "save or send it again" in said(done)


@pytest.mark.neo4j
def test_neo4j_exports_and_takes_back_what_the_embedded_store_does(
    program: Program, on_neo4j: Program, estate_file: Path, tmp_path: Path
) -> None:
    answers = []
    for number, store in enumerate((program, on_neo4j)):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert store("import", "estate", estate_file).code == 0
        file, late = exported(store, folder), folder / "late.csv"
        late.write_text("key,owner\napi,Ada\n")
        edited(file, _edit_two)
        assert store("import", "workbook", late).code == 0
        planned = store("import", "workbook", file, "--plan", "--format", "json").json
        done = store("import", "workbook", file, "--resolve", "all=MINE")
        cis = store("export", "cis", "--format", "json").json["rows"]
        then = store("export", "cis", "--as-of", "1", "--format", "csv").out
        edges = store("export", "relationships", "--format", "json").json["rows"]
        cone = store("export", "cone", "pg-1", "--impact", "--format", "json").json["nodes"]
        answers.append(
            (
                [(each["key"], each["column"], each["after"]) for each in planned["changes"]],
                [(each["column"], each["mine"], each["theirs"]) for each in planned["conflicts"]],
                done.out,
                {each["key"]: each["attributes"] for each in cis},
                [line.rpartition(",")[0] for line in then.splitlines()],
                sorted((each["source"], each["type"], each["target"]) for each in edges),
                sorted((each["key"], each["state"]) for each in cone),
            )
        )

    assert answers[0] == answers[1]
    assert answers[0][1] == [("owner", "Grace", "Ada")]


def _edit_two(sheet: Sheet, columns: dict[str, int]) -> None:
    sheet.cell(row_of(sheet, "api"), columns["owner"]).value = "Grace"
    sheet.cell(row_of(sheet, "pg-1"), columns["tier"]).value = 2
