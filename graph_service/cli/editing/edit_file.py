"""A file of edits: a list in YAML or JSON, each of the shape that GraphQL's ``EstateEdit`` has."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.marked_yaml import MarkedYaml, read_yaml
from graph_service.model.place import Place

BYTES_MAX = 16 * 1024 * 1024
_CODE = "INVALID_EDIT"
_REMEDY = "write a list of edits, as in - retireCi: {key: host-1}"


@dataclass(frozen=True, slots=True)
class EditFile:
    """Edits as they are handed to GraphQL, and where each part of them stands in the file."""

    edits: list[dict[str, Any]]
    read: MarkedYaml

    def located(self, faults: Iterable[Fault]) -> list[Fault]:
        """Return faults of these edits, whose paths begin with ``edits[0]``, with line and column.

        What is at fault elsewhere stays as it is.
        """
        return [
            replace(each, place=self.place(each.place.path))
            if each.place.path.startswith("edits[")
            else each
            for each in faults
        ]

    def place(self, path: str) -> Place:
        """Return where a part of the edits stands; ``path`` begins with ``edits[0]``."""
        return self.read.place(path.removeprefix("edits"))


def read_edits(path: Path) -> EditFile:
    """Read a file of edits; ``-`` is standard input.

    Raises:
        InvalidInputError: It cannot be read, or is no list of edits; lists all that is wrong.

    """
    from graph_service.api.edit_shapes import shape_faults  # noqa: PLC0415 - takes time to import

    document = "standard input" if str(path) == "-" else str(path)
    read, faults = read_yaml(document, _text(path, document), code=_CODE, dates_as_text=True)
    edits = _plain(read.data)
    if isinstance(edits, list):
        faults += shape_faults(read, edits)
    else:
        message = "there is no edit in this file" if edits is None else "this is no list of edits"
        place = Place(document, "", 1, 1)
        faults = [Fault(code=_CODE, message=message, place=place, remedy=_REMEDY)]
    if faults:
        raise InvalidInputError(faults)
    return EditFile(edits, read)


def _text(path: Path, document: str) -> str:
    try:
        content = sys.stdin.buffer.read(BYTES_MAX + 1) if str(path) == "-" else _content(path)
    except OSError as error:
        message, remedy = f"cannot be read: {error.strerror}", "name a file that can"
        place = Place(document)
        raise InvalidInputError(
            [Fault(code="UNREADABLE", message=message, place=place, remedy=remedy)]
        ) from error
    if len(content) > BYTES_MAX:
        message, remedy = f"is larger than {BYTES_MAX:,} bytes", "split it"
    else:
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message, remedy = f"is not UTF-8 from byte {error.start} on", "save it as UTF-8"
    raise InvalidInputError(
        [Fault(code="UNREADABLE", message=message, place=Place(document), remedy=remedy)]
    )


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(BYTES_MAX + 1)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any YAML value
    """Return a value as JSON has it: names that YAML took for something else are text."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
