"""Cells → an XLSX workbook: the rows, what they are in plain words, and what may be picked."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import IO, Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from graph_service.model.vocabulary import AttributeType
from graph_service.use_cases.files.cells import CLEAR, WITHDRAW
from graph_service.use_cases.files.columns import About, CellValue, Column
from graph_service.use_cases.files.open_tables import closed_reason

ROWS_MAX = 1_048_575
"""Rows of a sheet below its header; more of them go on in another sheet."""

README = "README"
VALUES = "Values"
_SPARE_ROWS = 1_000
_WIDTHS = {AttributeType.INTEGER: 10, AttributeType.BOOLEAN: 10, AttributeType.DATE: 12}
_WIDTH, _WIDE = 20, 40
_FORMATS = {
    AttributeType.INTEGER: "0",
    AttributeType.DECIMAL: "General",
    AttributeType.MINUTES: 'General" min"',
    AttributeType.BOOLEAN: "General",
    AttributeType.DATE: "yyyy-mm-dd",
    AttributeType.INSTANT: "yyyy-mm-dd hh:mm:ss",
}
_GREY = "#EDEDED"
_PROTECTION = dict.fromkeys(
    (
        "sort", "autofilter", "insert_rows", "delete_rows",
        "format_cells", "format_columns", "format_rows",
    ),
    True,
)  # fmt: skip


class XlsxWriting:
    """A workbook being written, in memory that does not grow with its rows."""

    def __init__(self, stream: IO[bytes]) -> None:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = xlsxwriter.Workbook(stream, options)
        self._bold = self._book.add_format({"bold": True, "bg_color": _GREY, "border": 1})
        self._wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._lists: list[tuple[About, Sequence[Column]]] = []
        self._values: dict[tuple[str, str], Sequence[str]] = {}
        self._sheets: list[Any] = []
        self._count = 0
        self._rows = 0

    def begin(self, columns: Sequence[Column], about: About) -> None:
        """Begin the sheets of a list; those of the list before are done."""
        if self._lists:
            self._close_sheet()
        self._columns = columns
        self._is_open = any(each.is_open for each in columns)
        self._formats = [self._format(each, is_row=True) for each in columns]
        self._title = about.title
        self._lists.append((about, columns))
        self._values |= {(self._title, name): each for name, each in self._picked().items()}
        self._count = 0
        self._next_sheet()

    def _format(self, column: Column, *, is_row: bool) -> Any:  # noqa: ANN401 - XlsxWriter has no types
        definition = column.definition
        number = "@" if definition.list else _FORMATS.get(definition.type, "@")
        is_locked = self._is_open and not column.is_open and is_row
        shade = {"bg_color": _GREY} if is_locked else {}
        return self._book.add_format({"num_format": number, "locked": is_locked, **shade})

    def _picked(self) -> dict[str, Sequence[str]]:
        """Return what may be picked in each column where that is a closed set."""
        picked: dict[str, Sequence[str]] = {}
        for each in self._columns if self._is_open else ():
            definition = each.definition
            if each.choices:
                picked[each.name] = each.choices
            elif definition.type is AttributeType.BOOLEAN and each.is_open:
                picked[each.name] = ("TRUE", "FALSE")
        return picked

    def _next_sheet(self) -> None:
        self._count += 1
        name = self._title if self._count == 1 else f"{self._title} {self._count}"
        sheet = self._book.add_worksheet(name)
        for index, each in enumerate(self._columns):
            width = _WIDTHS.get(each.definition.type, _WIDE if each.name == "name" else _WIDTH)
            sheet.set_column(index, index, width, self._format(each, is_row=False))
            sheet.write_string(0, index, each.name, self._bold)
        sheet.freeze_panes(1, 2)
        self._sheets.append(sheet)
        self._rows = 0

    def row(self, cells: Sequence[CellValue]) -> None:
        """Write a row. A text is a text, whatever it begins with."""
        if self._rows == ROWS_MAX:
            self._close_sheet()
            self._next_sheet()
        self._rows += 1
        sheet, number = self._sheets[-1], self._rows
        for index, (cell, form) in enumerate(zip(cells, self._formats, strict=True)):
            match cell:
                case None:
                    if self._is_open and not self._columns[index].is_open:
                        sheet.write_blank(number, index, None, form)
                case bool():
                    sheet.write_boolean(number, index, cell, form)
                case int() | float():
                    sheet.write_number(number, index, cell, form)
                case datetime() | date() | timedelta():
                    sheet.write_datetime(number, index, cell, form)
                case _:
                    sheet.write_string(number, index, cell, form)

    def _close_sheet(self) -> None:
        sheet = self._sheets[-1]
        last = len(self._columns) - 1
        sheet.autofilter(0, 0, max(self._rows, 1), last)
        for index, each in enumerate(self._columns):
            picked = self._title, each.name
            if picked in self._values:
                place = [*self._values].index(picked)
                first = xl_rowcol_to_cell(1, place, row_abs=True, col_abs=True)
                end = xl_rowcol_to_cell(
                    len(self._values[picked]), place, row_abs=True, col_abs=True
                )
                rule = {
                    "validate": "list",
                    "source": f"={VALUES}!{first}:{end}",
                    "error_type": "warning",
                    "error_title": each.name,
                    "error_message": "Pick one of the list, or write <clear>: there is none.",
                }
                sheet.data_validation(
                    1, index, min(self._rows + _SPARE_ROWS, ROWS_MAX), index, rule
                )
        if self._is_open:
            sheet.protect("", _PROTECTION)

    def end(self, about: About) -> None:
        """Write what comes after the rows, and close the file."""
        self._close_sheet()
        self._write_readme(about)
        if self._values:
            self._write_values()
        self._sheets[0].activate()
        self._book.set_properties({"title": about.title, "comments": _marker(about)})
        self._book.close()

    def _write_readme(self, about: About) -> None:
        sheet = self._book.add_worksheet(README)
        sheet.set_column(0, 0, 26, self._wrapped)
        sheet.set_column(1, 1, 100, self._wrapped)
        is_open = any(each.is_open for _, columns in self._lists for each in columns)
        lines = [(name, text, bool(name)) for name, text in _facts(about)]
        lines += [(name, text, bool(name)) for name, text in (_rules() if is_open else ())]
        for listed, columns in self._lists:
            lines += [("", "", False), (f"Sheet {listed.title}", _purpose(listed), True)]
            is_edited = any(each.is_open for each in columns)
            lines += [(each.name, _meaning(each, is_open=is_edited), False) for each in columns]
        for number, (name, text, is_bold) in enumerate(lines):
            sheet.write_string(number, 0, name, self._bold if is_bold else self._wrapped)
            sheet.write_string(number, 1, text, self._wrapped)

    def _write_values(self) -> None:
        sheet = self._book.add_worksheet(VALUES)
        length = max(len(each) for each in self._values.values())
        for place, (title, name) in enumerate(self._values):
            sheet.write_string(0, place, f"{title} {name}", self._bold)
        for number in range(length):
            for place, each in enumerate(self._values.values()):
                if number < len(each):
                    value = each[number]
                    if value.isdecimal():
                        sheet.write_number(number + 1, place, int(value))
                    elif value in {"TRUE", "FALSE"}:
                        sheet.write_boolean(number + 1, place, value == "TRUE")
                    else:
                        sheet.write_string(number + 1, place, value)
        sheet.hide()


def _marker(about: About) -> str:
    return f"graph-service export {about.list} revision {about.revision}"


def _facts(about: About) -> list[tuple[str, str]]:
    whole = "yes" if about.is_whole else "no: a limit cut rows off"
    facts = [
        ("What this is", f"{about.title} of Graph Service, as a list"),
        ("Revision", str(about.revision)),
        ("Exported", about.exported_at),
        ("Filter", about.filter or "none: all of them"),
        ("Rows", f"{about.row_count:,}"),
        ("All rows are here", whole),
        ("Hidden from you", f"{about.hidden_ci_count:,}"),
    ]
    unknown = [f"nothing is called {each}" for each in about.unknown]
    return [*facts, *(("Note", each) for each in (*unknown, *about.notes))]


def _purpose(about: About) -> str:
    reason = closed_reason(about.list)
    return f"only to read: {reason}" if reason else "may be edited and handed in"


def _rules() -> list[tuple[str, str]]:
    return [
        ("", ""),
        ("You may edit this", ("Change cells, save, and hand the file in: graph-service import "
         "workbook FILE --plan shows what it would do, cell by cell, before anything is done.")),
        ("Grey columns", ("say which record a row is about and how old it is. Leave them as they "
         "are; the sheet is protected without a password.")),
        ("Empty cells", "say nothing: emptying a cell changes nothing."),
        (CLEAR, "in a cell states that there is none."),
        (WITHDRAW, "in a cell takes back what a person stated; what data sources say shows again."),
        ("Rows you delete", "are not deleted in the estate. Nothing is ever deleted by a file."),
        ("New rows", ("create something: a CI by name and class, and a key if you want to choose "
         "it; a relationship by source, type and target; a group by dependant and its name. "
         "Rows may stand in any order, columns too; columns may be missing.")),
        ("Columns of your own", "need a header that begins with #, and are passed over."),
        ("Formulas", "are not taken: paste their values."),
    ]  # fmt: skip


def _meaning(column: Column, *, is_open: bool) -> str:
    definition = column.definition
    words = {
        AttributeType.DATE: "a date",
        AttributeType.INSTANT: "a date and time, in UTC",
        AttributeType.MINUTES: "minutes; 4 h, 1h30m and 2:30 are understood as well",
        AttributeType.BOOLEAN: "TRUE or FALSE",
        AttributeType.INTEGER: "a whole number",
        AttributeType.DECIMAL: "a number",
        AttributeType.JSON: "JSON",
    }
    said = [
        definition.description,
        "several values, separated by ;" if definition.list else words.get(definition.type, ""),
        f"in {definition.unit}" if definition.unit else "",
        f"one of {', '.join(column.choices)}" if 0 < len(column.choices) <= 20 else "",  # noqa: PLR2004 - what a line holds
        "not edited here" if is_open and not column.is_open else "",
    ]
    return " · ".join(each.rstrip(".") for each in said if each)
