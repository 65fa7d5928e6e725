"""``import estate``: our own estate file, as people write it."""

import re
from collections.abc import Iterable, Iterator, Sequence

from discovery.estate_file.events import EstateEvents
from discovery.estate_file.header import Header, read_header
from discovery.formats.documents import Document, documents_of
from discovery.formats.locating import located
from discovery.formats.options import option_faults
from discovery.formats.source_name import source_name_faults
from discovery.formats.text_encoding import utf8
from discovery.formats.yaml_faults import UnreadableYamlError
from graph_service import (
    Event,
    Fault,
    InvalidInputError,
    Place,
    Progress,
    Reading,
    ReadingRequest,
    ReadToTheEnd,
    Unreadable,
)

_RECORD = re.compile(r"cis\[\d+\](?:\.(?:relationships|depends_on)\[\d+\])?|relationships\[\d+\]")

# Where an attribute may stand instead of where its name in the vocabulary suggests.
_ELSEWHERE = {"attributes.": "", "attributes.toleranceMinutes": "tolerance_minutes"}

_NOBODY = "unnamed"
"""Whose a reading is that has nothing but faults to tell."""


class EstateCollector:
    """Reads estate files; each names the data source that speaks."""

    name = "estate"

    def readings(self, request: ReadingRequest) -> Sequence[Reading]:
        """Open the files: one reading for each data source, whichever files it is spread over.

        A reading is complete if the request says so or all its files do. When any file does not
        say properly whose it is, there is one reading of them all, which only has faults to tell:
        everything that is wrong with any of them.

        Raises:
            InvalidInputError: As the protocol says.

        """
        documents = documents_of(request)
        faults = option_faults(request, ())
        heads = [_head(each) for each in documents]
        if faults or None in heads:
            unusable = _faulty_events(faults, zip(documents, heads, strict=True))
            return [
                Reading(
                    data_source=_NOBODY, collector=self.name, strict=True, events=iter(unusable)
                )
            ]
        by_source: dict[str, list[tuple[Document, Header, int]]] = {}
        for document, head in zip(documents, heads, strict=True):
            if head is not None:
                by_source.setdefault(head[0].data_source, []).append((document, *head))
        return [
            Reading(
                data_source=data_source,
                collector=self.name,
                complete=request.complete or all(each.complete for _, each, _ in files),
                strict=True,
                events=_events(
                    data_source,
                    [each for each, _, _ in files],
                    sum(size for _, _, size in files),
                ),
            )
            for data_source, files in by_source.items()
        ]

    def locate(self, place: Place) -> Place:
        """Find the part of a record in its file; what arrived without one keeps its record's."""
        record = _RECORD.match(place.path)
        return located(place, record[0], _ELSEWHERE) if record else place


COLLECTOR = EstateCollector()


def _head(document: Document) -> tuple[Header, int] | None:
    """Return what a file says of itself, and its size; nothing if that is not enough."""
    try:
        content = utf8(document.read(), document.name)
        header = read_header(content, document.name)
    except (InvalidInputError, UnreadableYamlError):
        return None
    named = source_name_faults(header.data_source, Place(document.name))
    return None if named or header.faults(document.name) else (header, len(content))


def _faulty_events(
    faults: Sequence[Fault],
    files: Iterable[tuple[Document, tuple[Header, int] | None]],
) -> Iterator[Event]:
    """Yield all that can be read of files that cannot be taken in as they are."""
    yield from (Unreadable(each) for each in faults)
    readings: dict[str, EstateEvents] = {}
    for document, head in files:
        data_source = head[0].data_source if head else ""
        reading = readings.setdefault(data_source, EstateEvents(data_source, 0))
        count = 0
        for each in reading.of(document):
            if not isinstance(each, Progress):
                count += isinstance(each, Unreadable)
                yield each
        if head is None and not count:
            message, remedy = "the file changed while it was read", "try again"
            place = Place(document.name)
            yield Unreadable(Fault(code="CHANGED", message=message, place=place, remedy=remedy))


def _events(data_source: str, documents: Sequence[Document], bytes_total: int) -> Iterator[Event]:
    reading = EstateEvents(data_source, bytes_total)
    seen_all = True
    for document in documents:
        for event in reading.of(document):
            seen_all = seen_all and not isinstance(event, Unreadable)
            yield event
    if seen_all:
        yield ReadToTheEnd()
