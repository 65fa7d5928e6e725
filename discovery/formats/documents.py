"""Which documents a request names, and what their bytes are."""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from graph_service import Fault, InvalidInputError, Place, ReadingRequest

MEBIBYTE = 1024 * 1024
DOCUMENT_BYTES_MAX = 256 * MEBIBYTE
"""Larger documents are refused: what is in memory at a time stays bounded."""

STANDARD_INPUT = "-"
_FILES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Document:
    """Something to read: a file, or bytes that arrived some other way.

    ``found``: it was come across in a folder rather than asked for by name.
    """

    name: str
    path: Path | None = None
    content: bytes = b""
    found: bool = False

    def read(self) -> bytes:
        """Return the bytes.

        Raises:
            InvalidInputError: It cannot be opened, or is too large.

        """
        if self.path is None:
            return self.content
        try:
            with self.path.open("rb") as file:
                return _bounded(file.read(DOCUMENT_BYTES_MAX + 1), self.name)
        except OSError as error:
            raise InvalidInputError([_unopened(self.name, error)]) from error


def documents_of(request: ReadingRequest, suffixes: Sequence[str] = ()) -> list[Document]:
    """List the documents of a request in a fixed order; folders are searched for ``suffixes``.

    A file met twice is read once.

    Raises:
        InvalidInputError: Listing every path that is not there, cannot be read or is too large.

    """
    faults: list[Fault] = []
    documents = {
        each.name: each
        for each in (Document(name, content=content) for name, content in request.documents)
    }
    if len(documents) < len(request.documents):
        faults.append(
            Fault(
                code="DUPLICATE_DOCUMENT",
                message="two documents have the same name, so no error could say which is meant",
                place=Place(request.documents[-1][0]),
                remedy="give each its own name",
            )
        )
    for each in documents.values():
        faults.extend(_size_faults(each.name, len(each.content)))
    for path in request.paths:
        for document in _documents_at(path, suffixes, faults):
            documents.setdefault(document.name, document)
    if not (documents or faults):
        faults.append(
            Fault(
                code="NOTHING_TO_READ",
                message="there is nothing to read",
                place=Place(", ".join(str(each) for each in request.paths) or "request"),
                remedy=f"name a file{', or a folder that has some: ' if suffixes else ''}"
                f"{', '.join('*' + each for each in suffixes)}",
            )
        )
    if faults:
        raise InvalidInputError(faults)
    return list(documents.values())


def _documents_at(path: Path, suffixes: Sequence[str], faults: list[Fault]) -> Iterator[Document]:
    if str(path) == STANDARD_INPUT:
        content = _read_once(STANDARD_INPUT)
        faults.extend(_size_faults("standard input", len(content)))
        yield Document("standard input", content=content)
        return
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            yield from _documents_in(path, suffixes, faults)
            return
        if not os.access(path, os.R_OK):
            raise PermissionError(13, "Permission denied")
        document = _document_at(path, status)
        faults.extend(_size_faults(str(path), len(document.content) or status.st_size))
    except (OSError, ValueError) as error:
        faults.append(_unopened(str(path), error))
    else:
        yield document


def _document_at(path: Path, status: os.stat_result) -> Document:
    if not stat.S_ISREG(status.st_mode):
        return Document(str(path), content=_read_once(str(path)))
    _note_file(str(path))
    return Document(str(path), path=path)


def _documents_in(folder: Path, suffixes: Sequence[str], faults: list[Fault]) -> Iterator[Document]:
    if not suffixes:
        faults.append(
            Fault(
                code="IS_A_FOLDER",
                message="this is a folder",
                place=Place(str(folder)),
                remedy="name the files in it",
            )
        )
        return
    # os.walk does not follow links to folders, so a link to a folder above cannot loop.
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(names):
            path = Path(where, name)
            if path.suffix.lower() in suffixes and path.is_file():
                yield Document(str(path), path=path, found=True)


@cache
def _read_once(name: str) -> bytes:
    """Read a pipe and keep it: readings may be asked for again, and it cannot be read twice."""
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read(DOCUMENT_BYTES_MAX + 1)
    with Path(name).open("rb") as pipe:
        return pipe.read(DOCUMENT_BYTES_MAX + 1)


_files: dict[str, None] = {}
"""Names of files this process was asked to read, oldest first."""


def is_file_of_ours(name: str) -> bool:
    """Whether a document of this name was read from a file of this machine.

    What arrived over the network may have any name, and must never make us open a file of it.
    """
    return name in _files


def _note_file(name: str) -> None:
    _files.pop(name, None)
    _files[name] = None
    while len(_files) > _FILES_MAX:
        _files.pop(next(iter(_files)), None)


def _unopened(name: str, error: OSError | ValueError) -> Fault:
    reason = (error.strerror if isinstance(error, OSError) else str(error)) or "cannot be opened"
    return Fault(
        code="CANNOT_OPEN",
        message=f"cannot be opened: {reason[0].lower()}{reason[1:]}",
        place=Place(name),
        remedy="check the path, and that you may read it",
    )


def _bounded(content: bytes, name: str) -> bytes:
    faults = _size_faults(name, len(content))
    if faults:
        raise InvalidInputError(faults)
    return content


def _size_faults(name: str, size: int) -> list[Fault]:
    if size <= DOCUMENT_BYTES_MAX:
        return []
    return [
        Fault(
            code="TOO_LARGE",
            message=f"larger than {DOCUMENT_BYTES_MAX // MEBIBYTE} MiB",
            place=Place(name),
            remedy="split it into several files and name them all",
        )
    ]
