"""Workbooks that mean harm, or are merely large, are refused in bounded time and memory."""

import io
import tracemalloc
import zipfile

import pytest

from graph_service.model.errors import InvalidInputError
from graph_service.use_cases.files import tables, xlsx_parts, xlsx_reading
from graph_service.use_cases.files.xlsx_reading import sheets_of

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
ROOT = (
    f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Target="xl/workbook.xml" '
    f'Type="{RELATIONS}/officeDocument"/></Relationships>'
)
BOOK = (
    f'<workbook xmlns="{NAMESPACE}" xmlns:r="{RELATIONS}"><sheets>'
    '<sheet name="CIs" sheetId="1" r:id="r1"/></sheets></workbook>'
)
SHEETS = (
    f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Target="worksheets/sheet1.xml" '
    f'Type="{RELATIONS}/worksheet"/></Relationships>'
)


def workbook(*pieces: str, **parts: str) -> bytes:
    """Return a workbook of one sheet whose XML is these pieces, written one after the other."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", ROOT)
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", SHEETS)
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for each in pieces:
                sheet.write(each.encode())
    return stream.getvalue()


def sheet_xml(rows: str) -> str:
    return f'<worksheet xmlns="{NAMESPACE}"><sheetData>{rows}</sheetData></worksheet>'


def refusal(content: bytes) -> str:
    with pytest.raises(InvalidInputError) as refused:
        sheets_of(content, "a.xlsx")
    return str(refused.value)


def test_a_small_file_that_unpacks_to_a_large_one_is_refused_before_memory_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xlsx_parts, "PART_BYTES_MAX", 20_000_000)
    content = workbook(sheet_xml("").removesuffix("</worksheet>"), *[" " * 1_000_000] * 30)
    assert len(content) < 100_000

    tracemalloc.start()
    assert "unpacks to more than 20 MB" in refusal(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 10_000_000


@pytest.mark.parametrize(
    "start", ['<row r="', '<row r="1"><c t="inlineStr"><is><t>', "<row><c><f>", "<!--"]
)
def test_what_never_ends_is_refused_while_it_still_fits_in_memory(start: str) -> None:
    rest = sheet_xml("").removesuffix("</sheetData></worksheet>")
    content = workbook(rest, start, *["x" * 1_000_000] * 50)

    tracemalloc.start()
    assert "xl/worksheets/sheet1.xml" in refusal(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 30_000_000


def test_entities_are_refused_wherever_they_are_defined() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'

    assert "defines XML entities" in refusal(workbook(bomb + sheet_xml("")))
    shared = f'{bomb}<sst xmlns="{NAMESPACE}"><si><t>&b;</t></si></sst>'
    assert "defines XML entities" in refusal(workbook(sheet_xml(""), xl__sharedStrings=shared))


def test_formatted_rows_without_anything_in_them_are_no_rows() -> None:
    start = f'<worksheet xmlns="{NAMESPACE}"><sheetData>'
    first = '<row r="1"><c r="A1" t="inlineStr"><is><t>key</t></is></c></row>'
    blank = "".join(
        f'<row r="{n}" s="3" customFormat="1"><c r="A{n}" s="3"/></row>' for n in range(2, 1002)
    )
    content = workbook(start, first, *[blank] * 100, "</sheetData></worksheet>")

    (sheet,) = sheets_of(content, "a.xlsx")

    assert [row.number for row in sheet.rows] == [1]


def test_more_cells_than_a_file_may_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_reading, "CELLS_MAX", 1_000)
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 30_000))

    assert tables.CELLS_MAX == 3_000_000
    assert "more than 1,000 cells" in refusal(workbook(sheet_xml(rows)))


@pytest.mark.parametrize(
    "rows",
    ['<row r="x"><c/></row>', '<row r="1"><c r="A1"', "<row>&nothing;</row>", "<row></c></row>"],
)
def test_xml_that_is_none_is_damaged(rows: str) -> None:
    said = refusal(workbook(sheet_xml(rows)))

    assert "xl/worksheets/sheet1.xml" in said


def test_a_part_that_is_named_and_missing_is_said() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", ROOT)
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", SHEETS)

    assert "the part xl/worksheets/sheet1.xml is missing" in refusal(stream.getvalue())


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c t="s"><v>0</v></c>', "shared"),
        ('<c t="s"><v>99</v></c>', ""),
        ('<c t="inlineStr"><is><t>a</t><rPh><t>no</t></rPh><t>_x0009_</t></is></c>', "a\t"),
        ('<c t="str"><f>A1</f><v>of a formula</v></c>', "of a formula"),
        ('<c t="b"><v>1</v></c>', True),
        ('<c t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c t="d"><v>2026-03-31</v></c>', "2026-03-31"),
        ("<c><v>0.1</v></c>", 0.1),
        ("<c><v>12</v></c>", 12),
        ('<c s="1"><v>46112</v></c>', "2026-03-31"),
        ('<c s="1"><v>46112.5</v></c>', "2026-03-31 12:00:00"),
        ('<c s="2"><v>1.5</v></c>', "1 day, 12:00:00"),
        ('<c s="3"><v>240</v></c>', 240),
        ('<c s="1"><v>99999999</v></c>', 99999999.0),
    ],
)  # fmt: skip
def test_cells_of_every_sort_are_read_as_what_they_show(cell: str, value: object) -> None:
    styles = (
        f'<styleSheet xmlns="{NAMESPACE}"><numFmts><numFmt numFmtId="170" '
        'formatCode="yyyy-mm-dd"/><numFmt numFmtId="171" formatCode="[h]:mm"/>'
        '<numFmt numFmtId="172" formatCode="General&quot; min&quot;"/></numFmts><cellXfs>'
        + "".join(f'<xf numFmtId="{each}"/>' for each in (0, 170, 171, 172))
        + "</cellXfs></styleSheet>"
    )
    shared = f'<sst xmlns="{NAMESPACE}"><si><t>sha</t><r><t>red</t></r></si></sst>'
    content = workbook(sheet_xml(f"<row>{cell}</row>"), xl__styles=styles, xl__sharedStrings=shared)

    (sheet,) = sheets_of(content, "a.xlsx")
    found = sheet.rows[0].cells[1]
    shown = found.value if isinstance(found.value, str | bool | int | float) else str(found.value)

    assert shown == value
    assert sheet.address(1, 1) == "CIs!A1"
    assert sheet.address(17, 28) == "CIs!AB17"
