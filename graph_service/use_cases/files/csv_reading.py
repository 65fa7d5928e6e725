"""CSV that somebody edited → a sheet of texts, whatever a spreadsheet made of its encoding."""

import codecs
import csv
import io
from collections.abc import Collection, Iterator

from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.use_cases.files.csv_text import unguarded
from graph_service.use_cases.files.tables import CELLS_MAX, Cell, Sheet, SheetRow
from graph_service.use_cases.files.xlsx_parts import refused

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_ELSEWHERE = "cp1252"
"""What spreadsheets of Western Europe and America write when they are not told otherwise."""


def sheet_of(content: bytes, document: str, known: Collection[str]) -> tuple[Sheet, list[str]]:
    """Read a CSV file; return it with what was found out about how it is written.

    ``known`` are the names columns may have: the separator that makes most of them is right.

    Raises:
        InvalidInputError: It is not text, or a quote in it never ends.

    """
    text, encoding = _decoded(content, document)
    separator = max(SEPARATORS, key=lambda each: _fitness(text, each, known))
    sheet, left = Sheet(name=""), CELLS_MAX
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    for number, row in enumerate(_rows(rows, document), 1):
        cells = {
            column: Cell(value=unguarded(each)) for column, each in enumerate(row, 1) if each != ""
        }
        left -= len(cells)
        if left < 0:
            message = f"this holds more than {CELLS_MAX:,} cells"
            raise refused(document, message, "split it into several files")
        if cells:
            sheet.rows.append(SheetRow(number=number, cells=cells))
    notes = []
    if encoding == _ELSEWHERE:
        notes.append("read as windows-1252, a guess: save it as UTF-8 if letters look wrong")
    if separator != ",":
        notes.append(f"separated by {SEPARATORS[separator]}")
    return sheet, notes


def _decoded(content: bytes, document: str) -> tuple[str, str]:
    mark = next((each for each in _MARKS if content.startswith(each)), b"")
    tried = [_MARKS[mark]] if mark else ["utf-8", _ELSEWHERE]
    for encoding in tried:
        try:
            text = content[len(mark) :].decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, encoding
    raise refused(document, "this is not text in an encoding we know", "save it as CSV UTF-8")


def _fitness(text: str, separator: str, known: Collection[str]) -> tuple[int, int]:
    line = text.partition("\n")[0]
    try:
        header = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return 0, 0
    return sum(each.strip() in known for each in header), len(header)


def _rows(rows: Iterator[list[str]], document: str) -> Iterator[list[str]]:
    number = 0
    try:
        for number, row in enumerate(rows, 1):  # noqa: B007 - said in the fault
            yield row
    except csv.Error as error:
        fault = Fault(
            code="UNREADABLE_FILE",
            message=f"row {number + 1} cannot be read: {error}",
            place=Place(document, f"row {number + 1}"),
            remedy="a quote that never ends? save the file anew from a spreadsheet",
        )
        raise InvalidInputError([fault]) from error
