"""Rows → observations."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from discovery.csv_file.columns import CI_COLUMNS, Columns
from discovery.csv_file.dialect import Table
from discovery.estate_file.records import Records, unreadable
from discovery.formats.marked import MarkedMapping, MarkedSequence
from discovery.formats.yaml_scalars import plain
from graph_service import (
    CIObservation,
    Event,
    Fault,
    Place,
    Progress,
    Unreadable,
)

ROWS_PER_PROGRESS = 1000
TAGS_COLUMN = "tags"
TAG_COLUMN = "tag."
_TICKS = frozenset({"x", "yes", "true"})
"""How people tick a cell."""

_NUMBERS = frozenset({"tolerance_minutes", "port"})


@dataclass(frozen=True, slots=True)
class _Line:
    """The mark of a row: its line. Columns of characters say little in a table."""

    line: int
    column: int = 0


@dataclass(slots=True)
class Rows:
    """Reads the rows of all files of a reading. CIs and relationships are unique over them all.

    ``given``: the class of CIs whose row names none.
    """

    data_source: str
    given: str = ""
    _cis: dict[str, Place] = field(default_factory=dict)
    _records: Records = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self._records = Records(self.data_source)

    def of(self, table: Table, columns: Columns, document: str) -> Iterator[Event]:
        """Read one file."""
        rows = table.rows()
        read = self._relationship if columns.are_relationships else self._ci
        line = table.first_line + 1
        try:
            next(rows)
            while True:
                line = table.first_line + rows.line_num + 1
                row = next(rows, None)
                if row is None:
                    return
                if any(each.strip() for each in row):
                    yield from read(row, columns, Place(document, "", line))
                self.count += 1
                if self.count % ROWS_PER_PROGRESS == 0:
                    yield Progress(self.count)
        except csv.Error as error:
            yield Unreadable(_broken(error, Place(document, "", line)))

    def _ci(self, row: Sequence[str], columns: Columns, place: Place) -> Iterator[Event]:
        cells, faults = _cells(row, columns, place)
        key = cells.get("key", "")
        class_name = cells.get("class", "") or self.given
        for name, value in (("key", key), ("class", class_name)):
            if not value and not faults:
                message, spot = f"{name} is missing", replace(place, path=name)
                faults.append(Fault(code="MISSING_FIELD", message=message, place=spot))
        first = self._cis.setdefault(key, place) if key else place
        if first is not place:
            faults.append(
                Fault(
                    code="DUPLICATE_KEY",
                    message=f"the key {key[:60]!r} stands here again",
                    place=replace(place, path="key"),
                    remedy=f"first at {first}; give one of them another key",
                )
            )
        observed = CIObservation(
            native_key=key,
            class_name=class_name,
            name=cells.get("name", "") or key,
            key=key,
            attributes=_attributes(cells),
            text_values=True,
            place=place,
        )
        if faults:
            yield from unreadable(faults, {"key": key, "class": class_name}, [observed])
        else:
            yield observed

    def _relationship(self, row: Sequence[str], columns: Columns, place: Place) -> Iterator[Event]:
        cells, faults = _cells(row, columns, place)
        if faults:
            yield from (Unreadable(each) for each in faults)
            return
        # A row is a record of an estate file written flat: one set of rules for both.
        record = MarkedMapping(_Line((place.line or 1) - 1))
        for name, text in cells.items():
            record[name] = _listed(text) if name == "channels" else text
            if name in _NUMBERS:
                record[name] = plain(text)
        for each in self._records.relationship(record, place):
            match each:
                case Unreadable(fault):
                    spot = Place(place.document, fault.place.path, place.line)
                    yield replace(each, fault=replace(fault, place=spot))
                case _:
                    yield each


def _attributes(cells: Mapping[str, str]) -> dict[str, str]:
    """Return what a row says beyond what every CI has; ``tags`` holds several: ``exempt; team=a``.

    A tag with a column of its own is there where the cell says anything; ``yes`` is no value.
    """
    said = {
        name: "" if name.startswith(TAG_COLUMN) and text.casefold() in _TICKS else text
        for name, text in cells.items()
        if name not in CI_COLUMNS and name != TAGS_COLUMN
    }
    for each in filter(None, (part.strip() for part in cells.get(TAGS_COLUMN, "").split(";"))):
        name, _, value = (part.strip() for part in each.partition("="))
        said[f"{TAG_COLUMN}{name}"] = value
    return said


def _cells(
    row: Sequence[str], columns: Columns, place: Place
) -> tuple[dict[str, str], list[Fault]]:
    """Return what a row says by column; an empty cell says nothing."""
    if len(row) != len(columns.names):
        message = f"{len(row)} cells under {len(columns.names)} column names"
        remedy = "put text that has the separator in it into double quotes"
        return {}, [Fault(code="RAGGED_ROW", message=message, place=place, remedy=remedy)]
    cells = {
        name: text
        for name, text in zip(columns.names, (each.strip() for each in row), strict=True)
        if text
    }
    if "" in cells:
        message = f"{cells.pop('')[:60]!r} stands under no column name"
        remedy = "name the column, or empty it"
        return cells, [Fault(code="RAGGED_ROW", message=message, place=place, remedy=remedy)]
    return cells, []


def _listed(text: str) -> MarkedSequence:
    parts = MarkedSequence(_Line(0))
    parts.extend(each.strip() for each in text.split(";") if each.strip())
    parts.marks.extend(_Line(0) for _ in parts)
    return parts


def _broken(error: csv.Error, place: Place) -> Fault:
    text = str(error)
    if "field larger" in text:
        message = f"a cell is longer than {csv.field_size_limit():,} characters"
        return Fault(
            code="TOO_LARGE",
            message=message,
            place=place,
            remedy="shorten it; or a double quote is open from here on",
        )
    return Fault(
        code="NOT_CSV",
        message=f"the row that begins here cannot be read: {text}",
        place=place,
        remedy="close every double quote, and write one inside text twice",
    )
