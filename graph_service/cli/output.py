"""JSON objects → what stands on standard output: tables, JSON, CSV or a Mermaid picture."""

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

import orjson
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table
from typing_extensions import override

from graph_service.cli.shapes import Shape

PADDED_MAX = 100
"""Widest column that the rows of a table outside a terminal are lined up to."""

_NUMERIC = frozenset({"hops", "tier", "revision", "entryCount"})
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MERMAID = "mermaid"


class ListFormat(StrEnum):
    """How a list is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class RecordFormat(StrEnum):
    """How something is written that is no list."""

    TABLE = "table"
    JSON = "json"


class _Answers(Console):
    """Where answers are written; a reader that leaves early is for whoever runs the command."""

    @override
    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


def stdout() -> Console:
    """Return the console answers go to: a terminal's lines are wrapped, those of a file never."""
    return _Answers(highlight=False, soft_wrap=not sys.stdout.isatty())


def write_json(value: object) -> None:
    """Write a value as indented JSON."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.buffer.flush()


def write_csv(rows: Iterable[Shape], columns: Sequence[str]) -> None:
    """Write rows as CSV. A text that a spreadsheet would run as a formula gets a leading quote."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([csv_cell(row.get(each)) for each in columns] for row in rows)
    sys.stdout.buffer.write(text.getvalue().encode())
    sys.stdout.buffer.flush()


def csv_cell(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a JSON value as the text of a cell; what looks like a formula gets a quote."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_SIGNS) else value
    return orjson.dumps(value).decode() if isinstance(value, list | dict | bool) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A table. In a terminal it is fitted to the width; elsewhere a row is one line, never cut."""

    title: str
    columns: Mapping[str, str]
    rows: Sequence[Sequence[str]]

    def __rich_console__(self, console: Console, _: ConsoleOptions) -> RenderResult:
        """Draw it for where it goes."""
        if console.is_terminal:
            yield self._fitted()
        else:
            yield from (Segment(f"{line}\n") for line in self._lines())

    def _fitted(self) -> Table:
        made = Table(title=self.title or None, title_justify="left", box=None, pad_edge=False)
        for name, heading in self.columns.items():
            made.add_column(
                heading, justify="right" if name in _NUMERIC else "left", overflow="fold"
            )
        for row in self.rows:
            made.add_row(*(escape(cell) for cell in row))
        return made

    def _lines(self) -> Iterator[str]:
        if self.title:
            yield self.title
        lines = [list(self.columns.values()), *self.rows]
        widths = [
            min(max(cell_len(line[index]) for line in lines), PADDED_MAX)
            for index in range(len(self.columns))
        ]
        for line in lines:
            cells = []
            for name, cell, width in zip(self.columns, line, widths, strict=True):
                blanks = " " * (width - cell_len(cell))
                cells.append(blanks + cell if name in _NUMERIC else cell + blanks)
            yield "  ".join(cells).rstrip()


def table(columns: Mapping[str, str], rows: Iterable[Shape], title: str = "") -> Rows:
    """Return a table; ``columns`` are names in the rows to headings."""
    cells = [[plain(row.get(name)) for name in columns] for row in rows]
    return Rows(title=title, columns=columns, rows=cells)


def plain(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value as text for people; control characters are made visible."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        value = orjson.dumps(value).decode()
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in str(value))


def shown(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value as text within a sentence that may hold markup."""
    return escape(plain(value))


def counted(count: int, one: str, more: str = "") -> str:
    """Return ``1 fault``, ``3 faults``: a figure with its noun; ``more`` if that is not one + s."""
    return f"{count} {one if count == 1 else more or f'{one}s'}"
