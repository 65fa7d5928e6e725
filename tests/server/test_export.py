"""Lists as files: the same whoever answers, whole or not there, and nothing in them that acts."""

import csv
import io
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from openpyxl import load_workbook

from tests.server.conftest import ESTATE
from tests.server.program import Done, Program

pytestmark = pytest.mark.server

MORE = """\
  - key: "=cmd|' /C calc'!A0"
    class: Server
    name: "+1 <clear>"
    attributes: {serialNumber: "000123", supportEndsOn: 2027-03-31, description: "a, \\"b\\"\\nc"}
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that is in a store and served from it."""

    store: Program
    service: Program


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Serve one shop to all tests here, none of which writes to it."""
    folder = tmp_path_factory.mktemp("shop")
    store = Program(f"sqlite:{folder / 'estate.db'}")
    file = folder / "shop.yaml"
    file.write_text(ESTATE + MORE, "utf-8")
    assert store("import", "estate", file).code == 0
    token = store("token", "create", "--name", "test", "--role", "VIEWER").out.strip()
    with store.serving() as served:
        yield Shop(store, store.asking(served.address, token))


@pytest.mark.parametrize(
    "wanted",
    [
        ["cis"],
        ["cis", "--class", "Database", "--columns", "engine,tier"],
        ["cis", "--columns", "all"],
        ["relationships"],
        ["relationships", "pg-2"],
        ["groups"],
        ["unresolved"],
        ["log"],
        ["revisions"],
        ["runs"],
        ["people"],
        ["ownerless"],
        ["redundancy-proposals"],
        ["history", "api"],
        ["affected", "pg-1", "pg-2"],
        ["affected", "pg-1", "chekout"],
        ["saved", "pg-1"],
        ["reached-only", "mail"],
        ["already-affected", "pg-1"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_a_service_exports_every_list_like_the_store(
    shop: Shop, wanted: list[str], form: str
) -> None:
    """Byte for byte, but for the instant at which it was done."""
    ours, theirs = (
        each("export", *wanted, "--format", form) for each in (shop.store, shop.service)
    )

    assert ours.out
    assert (ours.code, said(ours)) == (theirs.code, said(theirs))
    if form == "csv":
        assert ours.out == theirs.out
    else:
        assert _timeless(ours.out) == _timeless(theirs.out)


def test_a_filter_exports_the_cis_that_finding_lists(shop: Shop) -> None:
    for filtered in (["--class", "DataStore"], ["--class", "Application", "--class", "Server"]):
        exported = shop.store("export", "cis", *filtered, "--format", "json").json
        found = shop.store("find", "", *filtered, "--format", "json")
        listed = {each["key"] for each in exported["rows"]}

        assert listed
        assert exported["about"]["rowCount"] == exported["about"]["totalCount"] == len(listed)
        assert {each["key"] for each in found.json["cis"]} == listed


def test_csv_holds_nothing_that_a_spreadsheet_runs(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "cis.csv"
    assert shop.store("export", "cis", "--columns", "description", "-o", file).code == 0

    text = file.read_bytes().decode("utf-8-sig")
    rows = [*csv.reader(io.StringIO(text, newline=""))]
    assert text.count("\r\n") == len(rows)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row)
    assert "'=cmd|' /C calc'!A0" in {row[0] for row in rows}
    assert 'a, "b"\nc' in {row[3] for row in rows}


def test_a_workbook_holds_texts_as_texts_and_dates_as_dates(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "cis.xlsx"
    columns = "serialNumber,supportEndsOn,tier"
    assert shop.store("export", "cis", "--columns", columns, "-o", file).code == 0

    book: Any = load_workbook(file)
    header, *rows = book["CIs"].iter_rows()
    assert [each.value for each in header] == [
        "key", "name", "class", "serialNumber", "supportEndsOn", "tier", "revision", "id",
    ]  # fmt: skip
    odd = next(row for row in rows if row[0].value.startswith("="))
    assert odd[0].data_type == "s"
    assert odd[3].value == "000123"
    assert f"{odd[4].value:%Y-%m-%d}" == "2027-03-31"
    assert book["CIs"].protection.sheet
    filled = [each.protection.locked for each in odd if each.value is not None]
    assert filled == [True, False, False, False, False, True, True]
    readme = {row[0].value: row[1].value for row in book["README"].iter_rows()}
    assert readme["Revision"] == "1"
    assert readme["Filter"] == "none: all of them"


def test_a_file_is_whole_or_not_there(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "affected.csv"
    file.write_text("what was there before", "utf-8")

    done = shop.store("export", "history", "nobody", "-o", file)

    assert done.code == 4
    assert file.read_text("utf-8") == "what was there before"
    assert [each.name for each in tmp_path.iterdir()] == ["affected.csv"]


KILLED = """
import os, signal, sys
from graph_service.cli.main import main
from graph_service.use_cases.files import writing

form = getattr(writing, sys.argv.pop(1))
rows = form.rows

def rows_and_die(self, found):
    rows(self, found)
    os.kill(os.getpid(), signal.SIGKILL)

form.rows = rows_and_die
main()
"""


@pytest.mark.parametrize(("form", "wanted"), [("_Csv", "log.csv"), ("_Sheet", "workbook.xlsx")])
def test_an_export_that_is_killed_leaves_the_file_that_was_there(
    shop: Shop, tmp_path: Path, form: str, wanted: str
) -> None:
    """Nothing half-written is at its name; all that is left is hidden, and called a part."""
    file = tmp_path / wanted
    file.write_text("what was there before", "utf-8")

    done = subprocess.run(
        [sys.executable, "-c", KILLED, form, "export", file.stem, "-o", file],
        env=shop.store.environ(),
        check=False,
        capture_output=True,
    )

    assert done.returncode == -signal.SIGKILL, done.stderr
    assert file.read_text("utf-8") == "what was there before"
    left = [each.name for each in tmp_path.iterdir() if each != file]
    assert all(each.startswith(f".{wanted}.") and each.endswith(".part") for each in left)
    assert shop.store("export", file.stem, "-o", file).code == 0
    assert file.read_bytes() != b"what was there before"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (["ciss", "--format", "csv"], "did you mean cis?"),
        (["cis"], "say --format"),
        (["cis", "-o", "cis.xls"], "csv, json, jsonl, xlsx"),
        (["cis", "--columns", "teir", "--format", "csv"], "did you mean tier?"),
        (["cis", "--class", "Databse", "--format", "csv"], "Database"),
        (["affected", "--format", "csv"], "say of which CI"),
        (["runs", "api", "--format", "csv"], "is not the list of a CI"),
        (["runs", "--class", "Server", "--format", "csv"], "takes no filter"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_what_cannot_be_exported_is_said_with_what_can(
    shop: Shop, wanted: list[str], said: str
) -> None:
    done = shop.store("export", *wanted)

    assert done.code == 1
    assert said in " ".join(done.err.split())


def said(done: Done) -> list[str]:
    """Return what was said, without the progress that only slow machines show."""
    return [line for line in done.err.splitlines() if not re.search(r": \d+ of \d+", line)]


def _timeless(out: str) -> list[object]:
    lines = [
        orjson.loads(each) for each in ([out] if out.startswith('{"rows": [') else out.splitlines())
    ]
    for each in lines:
        each.get("about", {}).pop("exportedAt", None)
    return lines
