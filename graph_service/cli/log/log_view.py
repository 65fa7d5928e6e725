"""The log as text: one line an entry, or a revision record by record."""

import csv
import io
import sys
from collections.abc import Sequence
from typing import IO

import orjson
from rich.console import Console

from graph_service.cli.output import csv_cell, plain, shown, table
from graph_service.cli.shapes import Shape

ENTRY_COLUMNS = (
    "revision", "sequence", "at", "actor", "actorType", "action", "recordType", "record", "key",
    "name", "before", "after", "reason", "run", "change",
)  # fmt: skip
"""Columns of the CSV form: one row for each value that changed, one for an entry without any."""

TABLE_COLUMNS = {
    "revision": "revision", "at": "at", "actor": "by", "action": "what", "key": "record",
    "changed": "changed", "reason": "reason",
}  # fmt: skip

_VALUE_SHOWN_MAX = 60


def entry_shape(node: Shape) -> Shape:
    """Return an entry as the JSON form has it."""
    return {
        "revision": node["revision"],
        "sequence": node["sequence"],
        "at": node["at"],
        "actor": node["actor"],
        "action": node["action"],
        "record": node["record"],
        "differences": node["differences"],
        "reason": node["reason"],
        "run": node["run"],
        "change": node["change"],
    }


def csv_rows(node: Shape) -> list[list[object]]:
    """Return the rows of an entry, one for each value that changed."""
    record = node["record"]
    head = [node["revision"], node["sequence"], node["at"], node["actor"]["name"]]
    head += [node["actor"]["type"], node["action"], record["recordType"], record["id"]]
    tail = [node["reason"], node["run"], node["change"]]
    values = node["differences"] or [{"name": None, "before": None, "after": None}]
    return [
        [*head, record["key"], each["name"], each["before"], each["after"], *tail]
        for each in values
    ]


def table_row(node: Shape) -> Shape:
    """Return the row of an entry in a table."""
    return {
        **node,
        "actor": node["actor"]["name"],
        "key": node["record"]["key"],
        "changed": changed(node, names_only=node["action"] == "CREATED"),
    }


def changed(node: Shape, *, names_only: bool = False) -> str:
    """Return what an entry changed, in one line."""
    if names_only:
        return ", ".join(each["name"] for each in node["differences"])
    return ", ".join(
        f"{each['name']}: {_value(each['before'])} → {_value(each['after'])}"
        for each in node["differences"]
    )


def _began_with(node: Shape) -> str:
    """Return what a record was created with, in one line."""
    return ", ".join(f"{each['name']}: {_value(each['after'])}" for each in node["differences"])


def _value(value: object) -> str:
    text = plain(value)
    return text if len(text) <= _VALUE_SHOWN_MAX else f"{text[:_VALUE_SHOWN_MAX]}…"


class EntryWriter:
    """Writes entries one page after the other, so that none of them has to be kept."""

    def __init__(self, *, is_json: bool, stream: IO[bytes] | None = None) -> None:
        self._is_json = is_json
        self._stream = stream or sys.stdout.buffer
        self._count = 0
        if not is_json:
            self._write_rows([ENTRY_COLUMNS])

    def write(self, nodes: Sequence[Shape]) -> None:
        """Write some entries."""
        if self._is_json:
            for each in nodes:
                lines = orjson.dumps(entry_shape(each), option=orjson.OPT_INDENT_2)
                indented = lines.replace(b"\n", b"\n  ")
                self._stream.write((b",\n  " if self._count else b"[\n  ") + indented)
                self._count += 1
        else:
            self._write_rows([row for each in nodes for row in csv_rows(each)])
        self._stream.flush()

    def end(self) -> None:
        """Write what comes after the last one."""
        if self._is_json:
            self._stream.write(b"\n]\n" if self._count else b"[]\n")
        self._stream.flush()

    def _write_rows(self, rows: Sequence[Sequence[object]]) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([csv_cell(each) for each in row] for row in rows)
        self._stream.write(text.getvalue().encode())


def write_revision(console: Console, page: Shape) -> None:
    """Write what one revision did, record by record."""
    console.print(f"Revision {page['number']}", style="bold")
    console.print(f"{page['committedAt']} · by {shown(page['actor']['name'])}")
    for name, label in (("reason", "Reason"), ("run", "Import run"), ("change", "Change")):
        if page[name]:
            console.print(f"{label}: {shown(page[name])}")
    console.print(f"Hash {page['hash']}")
    columns = {"action": "what", "key": "record", "recordType": "type", "changed": "before → after"}
    rows = [
        {
            "action": each["action"],
            "key": each["record"]["key"],
            "recordType": each["record"]["recordType"],
            "changed": _began_with(each) if each["action"] == "CREATED" else changed(each),
        }
        for each in page["entries"]
    ]
    console.print()
    console.print(table(columns, rows))
