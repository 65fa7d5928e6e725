"""``import csv``: tables of CIs and of relationships, ours or other people's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from discovery.csv_file.columns import KNOWN, Columns, column_map, columns_of
from discovery.csv_file.dialect import Table, table_of
from discovery.csv_file.rows import Rows
from discovery.formats.documents import Document, documents_of
from discovery.formats.options import option_faults
from discovery.formats.source_name import source_name_faults
from graph_service import (
    Event,
    InvalidInputError,
    Note,
    Place,
    Progress,
    Reading,
    ReadingRequest,
    ReadToTheEnd,
    Unreadable,
)

OPTIONS = ("map", "encoding", "separator", "class")


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    table: Table
    columns: Columns


class CsvCollector:
    """Reads CSV files: one of CIs, one of relationships, or several of each.

    Options: ``map`` (``hostname=key,kind=class``), ``encoding``, ``separator``, and ``class`` for
    CIs whose file has no such column.
    """

    name = "csv"

    def readings(self, request: ReadingRequest) -> Sequence[Reading]:
        """Open the files and understand their headers; one reading of them all."""
        data_source = request.data_source or self.name
        faults = [
            *source_name_faults(data_source, Place(data_source)),
            *option_faults(request, OPTIONS),
        ]
        if faults:
            raise InvalidInputError(faults)
        renamed = column_map(request.options.get("map", ""))
        given = request.options.get("class", "")
        files: list[_File] = []
        for document in documents_of(request):
            try:
                files.append(_opened(document, request, renamed, given))
            except InvalidInputError as error:
                faults.extend(error.faults)
        if faults:
            raise InvalidInputError(faults)
        return [
            Reading(
                data_source=data_source,
                collector=self.name,
                complete=request.complete,
                strict=True,
                events=_events(files, Rows(data_source, given)),
            )
        ]

    def locate(self, place: Place) -> Place:
        """Return the place: a row's line is known from the start."""
        return place


COLLECTOR = CsvCollector()


def _opened(
    document: Document, request: ReadingRequest, renamed: dict[str, str], given: str
) -> _File:
    known = (*KNOWN, *(each.lower() for each in renamed))
    table = table_of(document.read(), document.name, known, request.options)
    columns = columns_of(table.header, renamed, document.name, table.first_line + 1, given)
    return _File(document.name, table, columns)


def _events(files: Sequence[_File], rows: Rows) -> Iterator[Event]:
    seen_all = True
    for file in files:
        what = "relationships" if file.columns.are_relationships else "CIs"
        yield Note(f"{what}, {file.table.described}", Place(file.name))
        for event in rows.of(file.table, file.columns, file.name):
            seen_all = seen_all and not isinstance(event, Unreadable)
            yield event
    yield Progress(rows.count, rows.count)
    if seen_all:
        yield ReadToTheEnd()
