"""Rows → a file, a page at a time: CSV, JSON, JSON lines or XLSX."""

import codecs
from collections.abc import Mapping, Sequence
from typing import IO, Any, Protocol

import orjson
from typing_extensions import override

from graph_service.use_cases.files.cells import cell_of
from graph_service.use_cases.files.columns import ABSENT, About, CellValue, Column, FileFormat
from graph_service.use_cases.files.csv_text import csv_line
from graph_service.use_cases.files.xlsx_writing import XlsxWriting

Row = Mapping[str, Any]


class Writing(Protocol):
    """A file being written."""

    def rows(self, rows: Sequence[Row]) -> None:
        """Write the next rows."""
        ...

    def end(self, about: About) -> None:
        """Write what comes last; the file is whole after it."""
        ...


def begun(
    file_format: FileFormat,
    stream: IO[bytes],
    columns: Sequence[Column],
    about: About,
    *,
    has_mark: bool = True,
) -> Writing:
    """Begin a file; ``about`` is what is known of it so far.

    ``has_mark``: CSV begins with a byte-order mark, by which spreadsheets know UTF-8.
    """
    match file_format:
        case FileFormat.CSV:
            return _Csv(stream, columns, has_mark=has_mark)
        case FileFormat.JSON:
            return _Json(stream, columns)
        case FileFormat.JSONL:
            return _JsonLines(stream, columns)
    return _Xlsx(stream, columns, about)


def cells_of(columns: Sequence[Column], row: Row) -> list[CellValue]:
    """Return a row as cells."""
    values = ((each, each.value(row)) for each in columns)
    return [
        cell_of(each.definition, ABSENT if value is None and is_silent(each) else value)
        for each, value in values
    ]


def is_silent(column: Column) -> bool:
    """Whether a null in a column says nothing."""
    return column.is_null_silence or not column.is_open


def shape_of(columns: Sequence[Column], row: Row) -> dict[str, Any]:
    """Return a row as a JSON object: what nobody states is left out."""
    values = ((each.name, each.value(row)) for each in columns)
    return {name: value for name, value in values if value is not ABSENT}


class _Csv(Writing):
    """RFC 4180, in UTF-8."""

    def __init__(self, stream: IO[bytes], columns: Sequence[Column], *, has_mark: bool) -> None:
        self._stream, self._columns = stream, columns
        mark = codecs.BOM_UTF8 if has_mark else b""
        stream.write(mark + csv_line([each.name for each in columns]))

    @override
    def rows(self, rows: Sequence[Row]) -> None:
        """Write lines."""
        self._stream.write(b"".join(csv_line(cells_of(self._columns, each)) for each in rows))

    @override
    def end(self, about: About) -> None:
        """Write nothing: a line that is no row would be read as one."""


class _JsonLines(Writing):
    """One object a line; the last line says what the file is, under ``about``."""

    def __init__(self, stream: IO[bytes], columns: Sequence[Column]) -> None:
        self._stream, self._columns = stream, columns

    @override
    def rows(self, rows: Sequence[Row]) -> None:
        """Write lines."""
        self._stream.writelines(
            orjson.dumps(shape_of(self._columns, each)) + b"\n" for each in rows
        )

    @override
    def end(self, about: About) -> None:
        """Say what it was."""
        self._stream.write(orjson.dumps({"about": about.shape()}) + b"\n")


class _Json(Writing):
    """``{"rows": [...], "about": {...}}``."""

    def __init__(self, stream: IO[bytes], columns: Sequence[Column]) -> None:
        self._stream, self._columns = stream, columns
        self._joint = b"\n"
        stream.write(b'{"rows": [')

    @override
    def rows(self, rows: Sequence[Row]) -> None:
        """Write objects."""
        for each in rows:
            self._stream.write(self._joint + orjson.dumps(shape_of(self._columns, each)))
            self._joint = b",\n"

    @override
    def end(self, about: About) -> None:
        """Say what it was."""
        self._stream.write(b'\n], "about": ' + orjson.dumps(about.shape()) + b"}\n")


class _Xlsx(Writing):
    """A workbook of one list."""

    def __init__(self, stream: IO[bytes], columns: Sequence[Column], about: About) -> None:
        self._book = Book(stream)
        self._sheet = self._book.sheet(columns, about)

    @override
    def rows(self, rows: Sequence[Row]) -> None:
        """Write rows."""
        self._sheet.rows(rows)

    @override
    def end(self, about: About) -> None:
        """Write the sheets around the rows."""
        self._sheet.end(about)
        self._book.end(about)


class Book:
    """A workbook of several lists, one after the other."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._file = XlsxWriting(stream)

    def sheet(self, columns: Sequence[Column], about: About) -> Writing:
        """Begin the sheets of a list."""
        return _Sheet(self._file, columns, about)

    def end(self, about: About) -> None:
        """Write the sheets around the lists, and close the file."""
        self._file.end(about)


class _Sheet(Writing):
    """A list within a workbook."""

    def __init__(self, file: XlsxWriting, columns: Sequence[Column], about: About) -> None:
        self._columns, self._file = columns, file
        file.begin(columns, about)

    @override
    def rows(self, rows: Sequence[Row]) -> None:
        """Write rows."""
        for each in rows:
            self._file.row(cells_of(self._columns, each))

    @override
    def end(self, about: About) -> None:
        """Leave the workbook open for the next list."""
