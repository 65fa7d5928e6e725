"""``import estate``: our own estate file, as people write it."""

import re
from collections.abc import Iterator, Sequence

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
    InvalidInputError,
    Place,
    Reading,
    ReadingRequest,
    ReadToTheEnd,
    Unreadable,
)

_RECORD = re.compile(r"cis\[\d+\](?:\.(?:relationships|depends_on)\[\d+\])?|relationships\[\d+\]")

# Where an attribute may stand instead of where its name in the vocabulary suggests.
_ELSEWHERE = {"attributes.": "", "attributes.toleranceMinutes": "tolerance_minutes"}


class EstateCollector:
    """Reads estate files; each names the data source that speaks."""

    name = "estate"

    def readings(self, request: ReadingRequest) -> Sequence[Reading]:
        """Open the files: one reading for each data source, whichever files it is spread over.

        A reading is complete if the request says so or all its files do.

        Raises:
            InvalidInputError: As the protocol says; a file that does not say whose it is has all
                its other faults listed as well.

        """
        documents = documents_of(request)
        heads: dict[str, list[tuple[Document, Header, int]]] = {}
        faults = option_faults(request, ())
        for document in documents:
            try:
                header, size = _head(document)
            except InvalidInputError as error:
                faults.extend(error.faults)
                continue
            heads.setdefault(header.data_source, []).append((document, header, size))
        if faults:
            raise InvalidInputError(faults)
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
            for data_source, files in heads.items()
        ]

    def locate(self, place: Place) -> Place:
        """Find the part of a record in its file; what arrived without one keeps its record's."""
        record = _RECORD.match(place.path)
        return located(place, record[0], _ELSEWHERE) if record else place


COLLECTOR = EstateCollector()


def _head(document: Document) -> tuple[Header, int]:
    """Read the head, and if that fails everything, so that all faults are told at once."""
    content = utf8(document.read(), document.name)
    try:
        header = read_header(content, document.name)
    except UnreadableYamlError as error:
        raise InvalidInputError([error.fault]) from error
    read = Document(document.name, content=content)
    named = source_name_faults(header.data_source, Place(document.name))
    if named or header.faults(document.name):
        events = EstateEvents(header.data_source, len(content)).of(read)
        raise InvalidInputError([each.fault for each in events if isinstance(each, Unreadable)])
    return header, len(content)


def _events(data_source: str, documents: Sequence[Document], bytes_total: int) -> Iterator[Event]:
    reading = EstateEvents(data_source, bytes_total)
    seen_all = True
    for document in documents:
        for event in reading.of(document):
            seen_all = seen_all and not isinstance(event, Unreadable)
            yield event
    if seen_all:
        yield ReadToTheEnd()
