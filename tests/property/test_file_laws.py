"""What must hold of files that go out and come back, whatever stands in the estate."""

import asyncio
import io
import math
import string
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from graph_service.api.exports.estate_lists import CIS
from graph_service.api.exports.export import Wanted, export
from graph_service.bootstrap import opened
from graph_service.cli.answers import Asked
from graph_service.cli.asking import WithinProcess
from graph_service.config import Settings
from graph_service.model.vocabulary import AttributeDefinition, AttributeType
from graph_service.reconcile.attribute_value import fitted
from graph_service.reconcile.texts import text_misfit
from graph_service.use_cases.files.cells import cell_of, is_kept, is_same, value_in
from graph_service.use_cases.files.columns import ABSENT, About, CellValue, Column, FileFormat
from graph_service.use_cases.files.csv_reading import sheet_of
from graph_service.use_cases.files.csv_text import guarded, plain_cell, unguarded
from graph_service.use_cases.files.tables import Sheet
from graph_service.use_cases.files.writing import begun
from graph_service.use_cases.files.xlsx_reading import sheets_of

ABOUT = About(list="cis", title="CIs", revision=1, exported_at="2026-11-24T00:00:00Z")

ODD = (
    "", " ", "=1+1", "+1", "-1", "@a", "\t", "'", "''", '""', "'\"\"", "<clear>", "'<clear>",
    "<withdraw>", "_x0001_", "_x005F_", "_x000D_", "0007", "1e5", "TRUE", "2026-01-01", "a;b",
    "[1]", '["a"]', "line\nline", "tab\tbed", "back\rslash", "\ufffe", "＝1", "null", "é" * 40,
    "x" * 32_767, "x" * 32_768, "\U0001f600" * 16_384, "<kept 1 characters 000000000000>",
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(ODD),
    st.text(st.sampled_from("=+-@'\"<>;[]_x01 \n" + string.ascii_letters), max_size=12),
    st.text(max_size=30),
).filter(lambda text: text_misfit(text) is None)
WHOLE = st.one_of(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from([0, 10**15, 2**53 + 1]))
DECIMALS = st.one_of(st.floats(-1e18, 1e18), WHOLE)
INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)).map(  # noqa: DTZ001 - the timezone is put on
    lambda moment: moment.isoformat().replace("+00:00", "Z")
)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(-1e18, 1e18) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
VALUES: Mapping[AttributeType, st.SearchStrategy[Any]] = {
    AttributeType.TEXT: TEXTS,
    AttributeType.INTEGER: WHOLE,
    AttributeType.DECIMAL: DECIMALS,
    AttributeType.BOOLEAN: st.booleans(),
    AttributeType.DATE: st.dates(date(1, 1, 1), date(9999, 12, 31)).map(date.isoformat),
    AttributeType.INSTANT: INSTANTS,
    AttributeType.MINUTES: DECIMALS,
    AttributeType.ENUM: st.sampled_from(["YES", "NO", "UNKNOWN"]),
    AttributeType.IP_ADDRESS: st.ip_addresses().map(str),
    AttributeType.MAC_ADDRESS: st.just("02:00:5e:10:00:01"),
    AttributeType.URL: st.sampled_from(["https://a.example/x?y=;z", "http://b.example:80"]),
    AttributeType.JSON: JSON.filter(lambda value: value is not None),
}


@st.composite
def definitions(draw: st.DrawFn) -> AttributeDefinition:
    sort = draw(st.sampled_from(AttributeType))
    return AttributeDefinition(
        name="drawn",
        type=sort,
        list=draw(st.booleans()),
        values=("YES", "NO", "UNKNOWN") if sort is AttributeType.ENUM else (),
    )


@st.composite
def written(draw: st.DrawFn) -> tuple[AttributeDefinition, list[Any]]:
    """Draw an attribute and values of it as the estate holds them, canonical, null and absent."""
    definition = draw(definitions())
    one = VALUES[definition.type]
    values = st.lists(one, max_size=3) if definition.list else one
    drawn = draw(
        st.lists(st.one_of(values, st.sampled_from([None, ABSENT])), min_size=1, max_size=6)
    )
    return definition, [each if each is ABSENT else fitted(definition, each) for each in drawn]


def cells_back(
    definition: AttributeDefinition, values: Sequence[Any], form: FileFormat
) -> list[CellValue]:
    """Write values to a file and read their cells back."""
    columns = [
        Column(name="key", path=("key",), definition=AttributeDefinition(name="key")),
        Column(name="drawn", path=("values", "drawn"), definition=definition, is_open=True),
    ]
    stream = io.BytesIO()
    writing = begun(form, stream, columns, ABOUT)
    writing.rows(
        [
            {"key": f"k{number}", "values": {} if each is ABSENT else {"drawn": each}}
            for number, each in enumerate(values)
        ]
    )
    writing.end(ABOUT)
    sheet: Sheet
    if form is FileFormat.XLSX:
        sheet = sheets_of(stream.getvalue(), "file.xlsx")[0]
    else:
        sheet, _ = sheet_of(stream.getvalue(), "file.csv", {"key", "drawn"})
    rows = {row.cells[1].value: row.cells.get(2) for row in sheet.rows[1:]}
    return [cell.value if (cell := rows[f"k{n}"]) else None for n in range(len(values))]


@given(written(), st.sampled_from([FileFormat.XLSX, FileFormat.CSV]))
@settings(deadline=None, max_examples=150)
def test_every_value_goes_through_a_file_and_comes_back(
    drawn: tuple[AttributeDefinition, list[Any]], form: FileFormat
) -> None:
    """A cell that nobody touched is recognised, and means the value that it was written for."""
    definition, values = drawn

    for value, cell in zip(values, cells_back(definition, values, form), strict=True):
        shown = cell_of(definition, value)
        if form is FileFormat.CSV and shown is not None:
            assert cell == plain_cell(shown)
        else:
            assert is_same(cell, shown)
        if value is ABSENT or value is None or is_kept(cell):
            continue
        found = value_in(definition, cell)
        meant = fitted(definition, found, from_text=found != "")
        assert _close(meant, value), (cell, meant, value)


@given(
    definitions().flatmap(
        lambda each: st.tuples(st.just(each), VALUES[each.type], VALUES[each.type])
    )
)
def test_two_values_that_differ_have_cells_that_differ(
    drawn: tuple[AttributeDefinition, Any, Any],
) -> None:
    definition, one, other = drawn
    single = definition.model_copy(update={"list": False})
    values = [fitted(single, each) for each in (one, other)]
    cells = [cell_of(single, each) for each in values]

    if not _close(*values):
        assert not is_same(*cells)
    for value, cell in zip(values, cells, strict=True):
        assert not is_same(cell, cell_of(single, None))
        assert not is_same(cell, cell_of(single, ABSENT))
        assert is_same(cell, cell_of(single, value))


@given(TEXTS)
def test_a_guard_is_undone_and_lets_nothing_through(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    )


def _close(one: Any, other: Any) -> bool:  # noqa: ANN401 - any values
    """Whether two values are one to a spreadsheet: of 15 digits, with lines that end anyhow."""
    match one, other:
        case (bool(), _) | (_, bool()):
            return one is other
        case (int() | float(), int() | float()):
            return one == other or math.isclose(one, other, rel_tol=1e-14)
        case str(), str():
            return _lines(one) == _lines(other)
        case list(), list():
            return len(one) == len(other) and all(map(_close, one, other))
        case dict(), dict():
            return {*one} == {*other} and all(_close(one[name], other[name]) for name in one)
    return bool(one == other)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


# Whole estates


@st.composite
def cis(draw: st.DrawFn, *, plain_keys: bool = False) -> list[dict[str, Any]]:
    """Draw CIs as edits create them, with values of every sort."""
    names = TEXTS.filter(lambda text: text.strip() and text.isprintable() and len(text) < 200)
    attributes = {
        "description": TEXTS,
        "owner": TEXTS,
        "supportEndsOn": VALUES[AttributeType.DATE],
        "valueBearing": st.booleans(),
        "rtoMinutes": st.integers(0, 10_000) | st.floats(0, 1e6),
        "complianceScopes": st.lists(TEXTS, max_size=3),
        "labels": JSON.filter(lambda value: value is not None),
        "memoryGib": st.floats(0, 1e9),
        "cpuCount": st.integers(0, 2**60),
        "ipAddresses": st.lists(st.ip_addresses().map(str), max_size=2),
    }
    drawn = []
    for number in range(draw(st.integers(1, 4))):
        said = {
            name: draw(st.none() | strategy)
            for name, strategy in attributes.items()
            if draw(st.booleans())
        }
        drawn.append(
            {
                "class": "Server",
                "key": f"{'k' if plain_keys else draw(names)} {number}",
                "name": draw(names),
                "attributes": [{"name": name, "value": value} for name, value in said.items()],
            }
        )
    return drawn


CREATE = """
mutation Create($edits: [EstateEdit!]!) { editEstate(input: {edits: $edits, reason: "drawn"}) {
  ... on EstateWritten { revision } ... on Problem { message } } }"""

PLAN = """
mutation Plan($id: ID!, $name: String!) {
  planWorkbook(input: {document: {name: $name, content: {fileId: $id}}}) {
    ... on WorkbookPlanned { plan { id rowCount unchangedCount createdCount updatedCount
      changes(first: 100) { nodes { cell column action after } } conflicts { nodes { cell } } } }
    ... on ValidationFailed { message faults { message place } } } }"""

APPLY = """
mutation Apply($id: ID!) { applyWorkbook(input: {plan: $id, reason: "drawn"}) {
  ... on EstateWritten { revision changed updatedCount } ... on Problem { message } } }"""

SHOW = """{ estate { cis(first: 100) { nodes { key name className values } } } }"""

EVERY = ["description", "owner", "supportEndsOn", "valueBearing", "rtoMinutes", "complianceScopes",
         "labels", "memoryGib", "cpuCount", "ipAddresses", "tier"]  # fmt: skip


async def exported(asked: Asked, form: FileFormat) -> bytes:
    stream = io.BytesIO()
    wanted = Wanted(listing=CIS, file_format=form, exported_at="", columns=EVERY)
    await export(asked.ask, wanted, stream, lambda *_: None)
    return stream.getvalue()


async def planned(asked: Asked, content: bytes, form: FileFormat) -> dict[str, Any]:
    upload = await asked.upload(content)
    done = (await asked.ask(PLAN, id=upload, name=f"cis.{form}"))["planWorkbook"]
    assert "plan" in done, done
    plan: dict[str, Any] = done["plan"]
    return plan


def within(work: Callable[[Asked], Awaitable[None]]) -> None:
    """Run something against an empty store of its own."""

    async def run(folder: str) -> None:
        place = f"sqlite:{Path(folder) / 'estate.db'}"
        found = Settings.from_environment({"GRAPH_SERVICE_STORE": place})
        async with opened(found, writing=True) as product:
            here = WithinProcess(product)
            try:
                await work(here)
            finally:
                here.clear()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(folder))


@given(cis(), st.sampled_from([FileFormat.XLSX, FileFormat.CSV]))
@settings(deadline=None, max_examples=25)
def test_an_estate_that_was_exported_comes_back_without_a_change(
    drawn: list[dict[str, Any]], form: FileFormat
) -> None:
    async def work(asked: Asked) -> None:
        done = await asked.ask(CREATE, edits=[{"createCi": each} for each in drawn])
        assert done["editEstate"] == {"revision": 1}
        plan = await planned(asked, await exported(asked, form), form)
        assert plan["changes"]["nodes"] == []
        assert plan["unchangedCount"] == plan["rowCount"] == len(drawn)

    within(work)


EDITS = st.fixed_dictionaries(
    {},
    optional={
        "owner": TEXTS.filter(lambda text: len(text.strip()) > 0 and len(text) < 1000),
        "tier": st.integers(0, 4),
        "valueBearing": st.booleans(),
        "supportEndsOn": st.dates(date(1950, 1, 1), date(2100, 1, 1)),
        "memoryGib": st.floats(0, 1e6).map(lambda number: round(number, 3)),
        "name": st.text(string.ascii_letters, min_size=1, max_size=9),
    },
)


@given(cis(plain_keys=True), st.lists(EDITS, min_size=4, max_size=4))
@settings(deadline=None, max_examples=20)
def test_edited_cells_do_what_the_same_edits_by_hand_do(
    drawn: list[dict[str, Any]], edits: list[dict[str, Any]]
) -> None:
    """The same estate, edited through a workbook and by editEstate, says the same."""
    shown: list[Any] = []

    async def by_workbook(asked: Asked) -> None:
        await asked.ask(CREATE, edits=[{"createCi": each} for each in drawn])
        book: Any = load_workbook(io.BytesIO(await exported(asked, FileFormat.XLSX)))
        sheet = book["CIs"]
        columns = {each.value: number for number, each in enumerate(sheet[1], 1)}
        by_key = {each["key"]: edit for each, edit in zip(drawn, edits, strict=False)}
        for row in sheet.iter_rows(min_row=2):
            for name, value in by_key[row[0].value].items():
                cell = sheet.cell(row[0].row, columns[name])
                cell.value = _typed(value)
                cell.data_type = "s" if isinstance(value, str) else cell.data_type
        saved = io.BytesIO()
        book.save(saved)
        plan = await planned(asked, saved.getvalue(), FileFormat.XLSX)
        done = (await asked.ask(APPLY, id=plan["id"]))["applyWorkbook"]
        assert "message" not in done, done
        shown.append((await asked.ask(SHOW))["estate"]["cis"]["nodes"])
        again = await planned(asked, saved.getvalue(), FileFormat.XLSX)
        assert again["changes"]["nodes"] == again["conflicts"]["nodes"] == []

    async def by_hand(asked: Asked) -> None:
        await asked.ask(CREATE, edits=[{"createCi": each} for each in drawn])
        patches = []
        for each, edit in zip(drawn, edits, strict=False):
            said = {name: value for name, value in edit.items() if name != "name"}
            values = [{"name": name, "value": _plain(value)} for name, value in said.items()]
            patch: dict[str, Any] = {"ci": {"key": each["key"]}, "attributes": values}
            patches.append({"updateCi": patch | ({"name": edit["name"]} if "name" in edit else {})})
        done = await asked.ask(CREATE, edits=patches)
        assert "message" not in done["editEstate"], done
        shown.append((await asked.ask(SHOW))["estate"]["cis"]["nodes"])

    within(by_workbook)
    within(by_hand)
    assert _close(*(sorted(each, key=lambda node: str(node["key"])) for each in shown))


def _typed(value: object) -> object:
    return guard(value) if isinstance(value, str) else value


def guard(text: str) -> str:
    """Write a text as one that means itself: marks begin with an apostrophe."""
    shown = cell_of(AttributeDefinition(name="text"), text)
    return str(shown).replace("_x", "_x005F_x") if "_x" in text else str(shown)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
