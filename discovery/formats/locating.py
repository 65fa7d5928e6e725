"""From a record's place to the line and column of a part of it, found when a fault asks."""

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from discovery.formats.documents import is_file_of_ours
from discovery.formats.marked import Mark, MarkedMapping, MarkedSequence
from discovery.formats.yaml_faults import UnreadableYamlError
from discovery.formats.yaml_reading import YamlReading
from graph_service import Place

_INDEX = re.compile(r"\[(\d+)\]")
_RECORD_BYTES = (64 * 1024, 8 * 1024 * 1024)
"""How much is read to find the end of a record: most are short, and some are not."""


def located(place: Place, record_path: str, elsewhere: Mapping[str, str]) -> Place:
    """Return the place with line and column of what its path names.

    The place has those of the record, whose path is ``record_path``. ``elsewhere`` has steps that
    a document may leave out, or write differently, and what stands for them. What cannot be found
    keeps the place it has.
    """
    rest = place.path[len(record_path) :].lstrip(".")
    if not (rest and place.line and place.column and is_file_of_ours(place.document)):
        return place
    for size in _RECORD_BYTES:
        try:
            record = _record(place.document, place.line, place.column, size)
        except (OSError, ValueError, UnreadableYamlError):
            continue
        mark = _inside(record, [rest, *_other_ways(rest, elsewhere)])
        return Place(place.document, place.path, mark.line + 1, mark.column + 1) if mark else place
    return place


def _record(document: str, line: int, column: int, size: int) -> object:
    """Read what stands at a place; what stands before it in its line is blanked out."""
    first, newline, rest = _from_line(document, line, size).partition(b"\n")
    text = first.decode(errors="replace")[column - 1 :].encode()
    content = b"".join((b" " * (column - 1), text, newline, rest))
    reading = YamlReading(content, document, line - 1)
    reading.next_document()
    return reading.value()


def _other_ways(rest: str, elsewhere: Mapping[str, str]) -> Iterator[str]:
    for step, instead in elsewhere.items():
        if rest.startswith(step):
            yield instead + rest.removeprefix(step)


def _inside(record: object, ways: Iterable[str]) -> Mark | None:
    """Follow the first way that leads to its end; if none does, the first as far as it goes."""
    marks = []
    for way in ways:
        mark, left = _followed(record, way)
        if not left:
            return mark
        marks.append(mark)
    return marks[0]


def _followed(value: object, rest: str) -> tuple[Mark | None, str]:
    """Return the last mark on the way, and what is left of the way there."""
    mark: Mark | None = None
    while rest:
        if isinstance(value, MarkedMapping):
            name = _name_at(value, rest)
            if name is None:
                break
            mark, value, rest = value.marks[name], value[name], rest[len(name) :].lstrip(".")
        elif isinstance(value, MarkedSequence) and (index := _INDEX.match(rest)):
            if int(index[1]) >= len(value):
                break
            mark, value = value.marks[int(index[1])], value[int(index[1])]
            rest = rest[index.end() :].lstrip(".")
        else:
            break
    return mark, rest


def _name_at(mapping: MarkedMapping, rest: str) -> str | None:
    """Return the longest name the path can begin with; names may have dots."""
    fitting = (
        each for each in mapping if rest == each or rest.startswith((f"{each}.", f"{each}["))
    )
    return max(fitting, key=len, default=None)


def _from_line(document: str, line: int, size: int) -> bytes:
    path = Path(document)
    status = path.stat()
    starts = _line_starts(document, status.st_mtime_ns, status.st_size)
    with path.open("rb") as file:
        file.seek(starts[line - 1] if line <= len(starts) else status.st_size)
        return file.read(size)


# One document: faults come a document at a time, and the lines of a large one are many.
@lru_cache(maxsize=1)
def _line_starts(document: str, _changed_at: int, _size: int) -> "array[int]":
    starts = array("Q", [0])
    with Path(document).open("rb") as file:
        position = 0
        for line in file:
            position += len(line)
            starts.append(position)
    return starts
