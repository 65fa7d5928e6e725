"""XLSX → rows of cells with their addresses, and whatever about them a person has to know.

A reader of our own because a workbook that comes back must be judged cell by cell: whether a cell
holds a formula, is merged, or lies in a hidden row, and all that in one pass of bounded memory.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from graph_service.use_cases.files.columns import CellValue
from graph_service.use_cases.files.tables import CELLS_MAX, Cell, Sheet, SheetRow
from graph_service.use_cases.files.xlsx_parts import Attributes, Parts, bounded, refused

SHARED_TEXTS_MAX = 2_000_000
MERGED_MAX = 1_000
"""Merged ranges that are said; a file with more is refused for the first of them already."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_RELATION = ":id"
_FAR_YEAR = 2_958_466
"""The first serial number after the year 9999."""


def sheets_of(content: bytes, document: str) -> list[Sheet]:
    """Read all sheets that are not hidden, and say of those that are that they were not read.

    Raises:
        InvalidInputError: It is no XLSX file, or one that is too large or damaged.

    """
    parts = Parts(content, document)
    book = _Book(parts)
    left = CELLS_MAX
    sheets = []
    for name, part, is_hidden in book.sheets:
        sheet = Sheet(name=name, is_hidden=is_hidden)
        if not is_hidden:
            reader = _SheetReader(sheet, book, left)
            for _ in parts.parse(part, reader.begin, reader.end, reader.text):
                if reader.left < 0:
                    message = f"this holds more than {CELLS_MAX:,} cells"
                    raise refused(document, message, "split it into several files")
            left = reader.left
        sheets.append(sheet)
    return sheets


class _Book:
    """What all sheets share: their names, texts and number formats."""

    def __init__(self, parts: Parts) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.texts: list[str] = []
        self.formats: list[str] = []
        self.epoch = WINDOWS_EPOCH
        self._parts = parts
        self._targets: dict[str, str] = {}
        self._named: list[tuple[str, str, bool]] = []
        self._custom: dict[int, str] = {}
        self._in_formats = False
        self._pieces: list[str] = []
        self._is_text = False
        self._phonetic = 0
        self._read()

    def _read(self) -> None:
        part, folder = self._main_part()
        relations = posixpath.join(folder, "_rels", posixpath.basename(part) + ".rels")
        self._each(relations, self._relation)
        self._each(part, self._sheet)
        for name, relation, is_hidden in self._named:
            target = self._targets.get(relation, "")
            found = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            if "worksheet" in found or found in self._parts.names:
                self.sheets.append((name, posixpath.normpath(found), is_hidden))
        if (styles := posixpath.join(folder, "styles.xml")) in self._parts.names:
            self._each(styles, self._style, self._style_ends)
        if (texts := posixpath.join(folder, "sharedStrings.xml")) in self._parts.names:
            self._each(texts, self._text_begins, self._text_ends, self._text)

    def _main_part(self) -> tuple[str, str]:
        found = []

        def begin(name: str, attributes: Attributes) -> None:
            if name == "Relationship" and attributes.get("Type", "").endswith("/officeDocument"):
                found.append(attributes.get("Target", "").lstrip("/"))

        self._each("_rels/.rels", begin)
        part = found[0] if found else "xl/workbook.xml"
        if part not in self._parts.names or not part.endswith(".xml"):
            raise refused(self._parts.document, "this is no workbook", "save it as .xlsx")
        return part, posixpath.dirname(part)

    def _each(self, part: str, begin: object, end: object = None, text: object = None) -> None:
        def nothing(*_: object) -> None:
            return None

        for _ in self._parts.parse(part, begin, end or nothing, text or nothing):  # type: ignore[arg-type] # callbacks of expat
            if len(self.texts) > SHARED_TEXTS_MAX:
                message = f"this holds more than {SHARED_TEXTS_MAX:,} texts"
                raise refused(self._parts.document, message, "split it into several files")

    def _relation(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            self._targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def _sheet(self, name: str, attributes: Attributes) -> None:
        if name == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
            self.epoch = MAC_EPOCH
        if name == "sheet":
            relation = next((v for k, v in attributes.items() if k.endswith(_RELATION)), "")
            is_hidden = attributes.get("state", "visible") != "visible"
            self._named.append((attributes.get("name", ""), relation, is_hidden))

    def _style(self, name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            self._custom[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_formats = True
        elif name == "xf" and self._in_formats:
            number = int(attributes.get("numFmtId", "0"))
            self.formats.append(self._custom.get(number) or BUILTIN_FORMATS.get(number, "General"))

    def _style_ends(self, name: str) -> None:
        if name == "cellXfs":
            self._in_formats = False

    def _text_begins(self, name: str, _: Attributes) -> None:
        if name == "si":
            self._pieces = []
        self._phonetic += name == "rPh"
        self._is_text = name == "t" and not self._phonetic

    def _text(self, piece: str) -> None:
        if self._is_text:
            bounded(self._pieces, piece)

    def _text_ends(self, name: str) -> None:
        self._is_text = False
        self._phonetic -= name == "rPh"
        if name == "si":
            self.texts.append(unescaped("".join(self._pieces)))


@dataclass(slots=True)
class _SheetReader:
    """Fills a sheet; ``left`` is how many cells may still come."""

    sheet: Sheet
    book: _Book
    left: int
    row: SheetRow = field(default_factory=lambda: SheetRow(number=0))
    _column: int = 0
    _type: str = ""
    _style: str = ""
    _formula: list[str] | None = None
    _pieces: list[str] = field(default_factory=list)
    _inside: str = ""
    _phonetic: int = 0

    def begin(self, name: str, attributes: Attributes) -> None:
        """Take the beginning of an element; the most frequent ones are asked for first."""
        if name == "c":
            found = _ADDRESS.fullmatch(attributes.get("r", ""))
            self._column = _column_number(found[1]) if found else self._column + 1
            self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._formula, self._pieces = None, []
        elif name in {"v", "t"}:
            self._inside = "" if self._phonetic else name
        elif name == "row":
            number = int(attributes.get("r") or self.row.number + 1)
            is_hidden = attributes.get("hidden") in {"1", "true"}
            self.row, self._column = SheetRow(number=number, is_hidden=is_hidden), 0
        elif name == "f":
            self._inside, self._formula = name, []
        elif name == "rPh":
            self._phonetic += 1
        elif name == "mergeCell" and len(self.sheet.merged) < MERGED_MAX:
            self.sheet.merged.append(attributes.get("ref", ""))

    def text(self, piece: str) -> None:
        """Take text."""
        if self._inside in {"v", "t"}:
            bounded(self._pieces, piece)
        elif self._inside == "f" and self._formula is not None:
            bounded(self._formula, piece)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if name == "c":
            self._cell()
        elif name in {"f", "v", "t"}:
            self._inside = ""
        elif name == "row":
            if self.row.cells:
                self.sheet.rows.append(self.row)
        elif name == "rPh":
            self._phonetic -= 1

    def _cell(self) -> None:
        if not self._pieces and self._formula is None:
            return
        self.left -= 1
        if self.left >= 0:
            value, is_percent = self._read()
            self.row.cells[self._column] = Cell(
                value=value,
                formula=None if self._formula is None else "".join(self._formula),
                is_error=self._type == "e",
                is_percent=is_percent,
            )

    def _read(self) -> tuple[CellValue, bool]:
        text = "".join(self._pieces)
        match self._type:
            case "s":
                index = int(text) if text.isdecimal() else -1
                return self.book.texts[index] if 0 <= index < len(self.book.texts) else "", False
            case "inlineStr" | "str" | "e":
                return unescaped(text), False
            case "b":
                return text == "1", False
            case "d":
                return _iso(text), False
        return self._number(text)

    def _number(self, text: str) -> tuple[CellValue, bool]:
        try:
            number = float(text)
        except ValueError:
            return text or None, False
        style = int(self._style) if self._style.isdecimal() else 0
        code = self.book.formats[style] if style < len(self.book.formats) else "General"
        if is_date_format(code):
            return self._moment(number, code), False
        whole = int(number) if number.is_integer() else number
        return whole, code.endswith("%")

    def _moment(self, number: float, code: str) -> CellValue:
        if is_timedelta_format(code) or 0 <= number < 1:
            return timedelta(milliseconds=round(number * 86_400_000))
        if not 0 <= number < _FAR_YEAR:
            return number
        found = from_excel(number, self.book.epoch)
        if not isinstance(found, datetime):
            return number
        midnight = found.time() == datetime.min.time()
        return date(found.year, found.month, found.day) if midnight else found


def unescaped(text: str) -> str:
    """Return a text without the escapes in which a file holds what XML cannot."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _iso(text: str) -> CellValue:
    try:
        found = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return text
    return found.date() if len(text) <= len("2026-11-24") else found


def _column_number(letters: str) -> int:
    number = 0
    for each in letters:
        number = number * 26 + ord(each) - ord("A") + 1
    return number


def merged_cells(merged: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield merged ranges as first and last row, first and last column."""
    for each in merged:
        start, _, end = each.partition(":")
        first, last = _ADDRESS.fullmatch(start), _ADDRESS.fullmatch(end)
        if first and last:
            yield int(first[2]), int(last[2]), _column_number(first[1]), _column_number(last[1])
