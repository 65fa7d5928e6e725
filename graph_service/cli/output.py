"""JSON objects → what stands on standard output: tables, JSON, CSV or a Mermaid picture."""

import csv
import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from graph_service.cli.shapes import Shape

PLAIN_WIDTH = 200
"""Columns of a table that goes to a file or a pipe."""

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MERMAID = "mermaid"


def stdout() -> Console:
    """Return the console answers go to: as wide as the terminal, or as a plain file needs."""
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    return Console(width=width, highlight=False, soft_wrap=False)


def write_json(value: object) -> None:
    """Write a value as indented JSON."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.buffer.flush()


def write_csv(rows: Iterable[Shape], columns: Sequence[str]) -> None:
    """Write rows as CSV. A text that a spreadsheet would run as a formula gets a leading quote."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(each)) for each in columns] for row in rows)
    sys.stdout.buffer.write(text.getvalue().encode())
    sys.stdout.buffer.flush()


def _cell(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_SIGNS) else value
    return orjson.dumps(value).decode() if isinstance(value, list | dict | bool) else str(value)


def table(columns: Mapping[str, str], rows: Iterable[Shape], title: str = "") -> Table:
    """Return a table; ``columns`` are names in the rows to headings."""
    made = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for name, heading in columns.items():
        numeric = name in {"hops", "tier", "revision", "entryCount"}
        made.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        made.add_row(*(shown(row.get(name)) for name in columns))
    return made


def shown(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value as text in a table; control characters are made visible."""
    if value is None:
        return "–"
    if isinstance(value, list | dict):
        value = orjson.dumps(value).decode()
    text = "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in str(value))
    return escape(text)
