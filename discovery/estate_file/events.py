"""An estate file → the events of a reading, a record at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from discovery.estate_file.header import RECORD_FIELDS, Header, field_faults
from discovery.estate_file.records import Records
from discovery.formats.documents import Document
from discovery.formats.marked import place_of
from discovery.formats.text_encoding import utf8
from discovery.formats.yaml_faults import UnreadableYamlError
from discovery.formats.yaml_reading import YamlReading
from discovery.formats.yaml_scalars import as_written
from graph_service import Event, Fault, InvalidInputError, Place, Progress, Unreadable

RECORDS_PER_PROGRESS = 500


@dataclass(slots=True)
class EstateEvents:
    """Reads the files of one data source. Records must be unique over all of them."""

    data_source: str
    bytes_total: int
    _records: Records = field(init=False)
    _bytes_before: int = 0
    _count: int = 0

    def __post_init__(self) -> None:
        self._records = Records(self.data_source)

    def of(self, document: Document) -> Iterator[Event]:
        """Read one file from beginning to end."""
        try:
            content = utf8(document.read(), document.name)
        except InvalidInputError as error:
            yield from (Unreadable(each) for each in error.faults)
            return
        try:
            reading = YamlReading(content, document.name)
            yield from self._document(reading, document.name)
            if reading.next_document():
                place = place_of(document.name, "", reading.mark)
                message, remedy = (
                    "a second YAML document begins",
                    "write one estate file a document",
                )
                yield Unreadable(
                    Fault(code="SECOND_DOCUMENT", message=message, place=place, remedy=remedy)
                )
        except UnreadableYamlError as error:
            yield Unreadable(error.fault)
        self._bytes_before += len(content)
        yield Progress(self._bytes_before, self.bytes_total)

    def _document(self, reading: YamlReading, document: str) -> Iterator[Event]:
        if not reading.next_document():
            yield Unreadable(_no_estate("this file is empty", Place(document, "", 1, 1)))
            return
        if not reading.at_mapping:
            place = place_of(document, "", reading.mark)
            reading.skip()
            yield Unreadable(_no_estate("this is not an estate file", place))
            return
        header = Header()
        for name, mark in reading.entries():
            place = reading.place(mark)
            if name in RECORD_FIELDS:
                yield from self._section(reading, name, document)
                continue
            value = reading.value()
            yield from (Unreadable(each) for each in field_faults(name, value, place))
            header = _told(header, name, as_written(value))
        yield from _unread(reading)
        yield from (Unreadable(each) for each in header.faults(document))
        if self.data_source and header.data_source != self.data_source:
            message = "the file changed while it was read"
            place = Place(document, "data_source")
            yield Unreadable(
                Fault(code="CHANGED", message=message, place=place, remedy="try again")
            )

    def _section(self, reading: YamlReading, name: str, document: str) -> Iterator[Event]:
        if not reading.at_sequence:
            place = place_of(document, name, reading.mark)
            if reading.value() is not None:
                message, remedy = f"{name} must be a list", "begin each record with a dash"
                yield Unreadable(
                    Fault(code="WRONG_TYPE", message=message, place=place, remedy=remedy)
                )
            return
        read = self._records.ci if name == "cis" else self._records.relationship
        for index in reading.items():
            place = place_of(document, f"{name}[{index}]", reading.mark)
            value = reading.value()
            if reading.faults:
                yield from _unread(reading)
            yield from read(value, place)
            self._count += 1
            if self._count % RECORDS_PER_PROGRESS == 0:
                yield Progress(self._bytes_before + reading.bytes_read, self.bytes_total)


def _unread(reading: YamlReading) -> Iterator[Unreadable]:
    yield from (Unreadable(each) for each in reading.faults)
    reading.faults.clear()


def _told(header: Header, name: str, text: str | None) -> Header:
    match name:
        case "graph_service":
            return Header(header.data_source, header.complete, version_said=True)
        case "data_source":
            # An unusable name has its own fault; here it is only not missing.
            return Header(text or "-", header.complete, header.version_said)
        case _:
            return header


def _no_estate(message: str, place: Place) -> Fault:
    remedy = "begin with graph_service: 1, data_source: … and cis:"
    return Fault(code="NOT_AN_ESTATE_FILE", message=message, place=place, remedy=remedy)
