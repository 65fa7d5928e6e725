"""How a CSV file is written: its encoding, its separator, its header."""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from typing import Any

import charset_normalizer

from discovery.formats.text_encoding import without_mark
from graph_service import Fault, InvalidInputError, Place

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_CHUNK_BYTES = 1024 * 1024
_SAMPLE_BYTES = 256 * 1024
_HINT = "sep="
_LATIN = ["cp1252", "cp1250"]
_TELLING_BYTES = 2000
"""Fewer bytes do not tell Western from Central Europe; then it is the former."""
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")


@dataclass(frozen=True, slots=True)
class Table:
    """A file of rows, and how to split it. ``first_line``: lines passed over at its top."""

    content: bytes
    encoding: str
    was_guessed: bool
    separator: str = ""
    header: Sequence[str] = ()
    first_line: int = 0

    @property
    def described(self) -> str:
        """What was found out, for whoever has to trust it."""
        separator = SEPARATORS.get(self.separator, repr(self.separator))
        guessed = ", a guess: name it with the option encoding" if self.was_guessed else ""
        return f"read as {self.encoding}{guessed}; separated by {separator}"

    def lines(self) -> TextIOWrapper:
        """Return the text, decoded as it is read: it is never in memory as a whole."""
        lines = TextIOWrapper(BytesIO(self.content), self.encoding, newline="")
        for _ in range(self.first_line):
            lines.readline()
        return lines

    def rows(self, separator: str = "") -> Any:  # noqa: ANN401 - the type of csv.reader has no name
        """Return a reader of the rows, the header first."""
        return csv.reader(self.lines(), delimiter=separator or self.separator, strict=True)


def table_of(
    content: bytes, document: str, known: Sequence[str], options: Mapping[str, str]
) -> Table:
    """Find out how a file is written.

    ``known`` are the headers that a column may have: the separator that makes most of them is
    right. The options ``encoding`` and ``separator`` settle what is not to be guessed.

    Raises:
        InvalidInputError: It is not text, or has no header.

    """
    table = _decoded(content, document, options.get("encoding", ""))
    said = options.get("separator", "").replace("\\t", "\t")
    first = table.lines().readline().rstrip("\r\n")
    first_line = 0
    if first.startswith(_HINT):
        # What spreadsheets write at the top to tell each other.
        said = said or first[len(_HINT) :]
        first_line = 1
    separators = [said] if said else list(SEPARATORS)
    if any(len(each) != 1 or each in '\r\n"' for each in separators):
        raise _refused("INVALID_OPTION", "a separator is one character", document, "as in ;")
    table = Table(table.content, table.encoding, table.was_guessed, first_line=first_line)
    headers = {each: _header(table, each) for each in separators}

    def fitness(separator: str) -> tuple[int, int]:
        header = headers[separator]
        return sum(name.lower() in known for name in header), len(header)

    separator = max(separators, key=fitness)
    header = headers[separator]
    if not any(header):
        remedy = "begin with a line of column names, as in key,class,name"
        raise _refused("NO_HEADER", "there is no header", document, remedy, first_line + 1)
    return Table(table.content, table.encoding, table.was_guessed, separator, header, first_line)


def _header(table: Table, separator: str) -> list[str]:
    try:
        return [each.strip() for each in next(table.rows(separator), [])]
    except csv.Error:
        return []


def _decoded(content: bytes, document: str, said: str) -> Table:
    marked = without_mark(content)
    if marked.encoding:
        content = marked.content
    encoding = said or marked.encoding or "utf-8"
    try:
        _check(content, encoding, document)
    except LookupError as error:
        message = f"there is no encoding {said[:60]!r}"
        raise _refused("INVALID_OPTION", message, document, "as in windows-1252") from error
    except UnicodeError as error:
        if said or marked.encoding:
            message = f"this is not {encoding}: {getattr(error, 'reason', error)}"
            raise _refused("WRONG_ENCODING", message, document, "save it as UTF-8") from error
        return _guessed(content, document)
    return Table(content, encoding, was_guessed=False)


def _guessed(content: bytes, document: str) -> Table:
    """Guess, as a person would: words with an odd letter here and there are of Western Europe."""
    part = _telling_part(content)
    candidates = _LATIN
    if not _is_mostly_ascii(part) or len(part) >= _TELLING_BYTES:
        allowed = _LATIN if _is_mostly_ascii(part) else None
        best = charset_normalizer.from_bytes(part, cp_isolation=allowed).best()
        candidates = [best.encoding] if best else []
    for encoding in candidates:
        try:
            _check(content, encoding, document)
        except UnicodeError:
            continue
        return Table(content, encoding, was_guessed=True)
    remedy = "save it as UTF-8, or name it with the option encoding"
    message = "the encoding of this file cannot be told"
    raise _refused("WRONG_ENCODING", message, document, remedy)


def _is_mostly_ascii(part: bytes) -> bool:
    words = b"".join(each for each in _WORD.findall(part) if not each.isascii())
    return 2 * sum(each < 0x80 for each in words) > len(words)  # noqa: PLR2004 - where ASCII ends


def _telling_part(content: bytes) -> bytes:
    """Return lines that are not plain ASCII: only they tell one encoding from another."""
    lines = (each for each in BytesIO(content) if not each.isascii())
    part = b""
    for each in lines:
        part += each[:_SAMPLE_BYTES]
        if len(part) >= _SAMPLE_BYTES:
            break
    return part


def _check(content: bytes, encoding: str, document: str) -> None:
    """Decode all of it once, a chunk at a time, so that no row fails later."""
    line = 1
    for text in codecs.iterdecode(_chunks(content), encoding):
        at = text.find("\0")
        if at >= 0:
            line += text.count("\n", 0, at)
            remedy = "save the file as UTF-8; this may be UTF-16, or no text at all"
            message = "there is a NUL character in the text"
            raise _refused("CONTROL_CHARACTER", message, document, remedy, line)
        line += text.count("\n")


def _chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), _CHUNK_BYTES):
        yield content[start : start + _CHUNK_BYTES]


def _refused(
    code: str, message: str, document: str, remedy: str, line: int | None = None
) -> InvalidInputError:
    place = Place(document, "", line)
    return InvalidInputError([Fault(code=code, message=message, place=place, remedy=remedy)])
