"""Bytes → UTF-8, or the spot of the first byte that is not text."""

import codecs
import re
from dataclasses import dataclass

from graph_service import Fault, InvalidInputError, Place

_CHUNK_BYTES = 1024 * 1024
# What YAML allows of them is a tab and line breaks. In UTF-8 \xc2 and \xef begin characters only.
_CONTROL = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x84\x86-\x9f]|\xef\xbf[\xbe\xbf]"
)
_SAMPLE_BYTES = 4096

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class MarkedBytes:
    """Bytes without their byte-order mark, and the encoding it announced (empty: none)."""

    content: bytes
    encoding: str


def without_mark(content: bytes) -> MarkedBytes:
    """Take the byte-order mark off."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return MarkedBytes(content[len(mark) :], encoding)
    return MarkedBytes(content, "")


def utf8(content: bytes, document: str) -> bytes:
    """Return the content as UTF-8 without byte-order mark or control characters.

    Raises:
        InvalidInputError: At the first byte that is not text, with its line and column.

    """
    marked = without_mark(content)
    if marked.encoding in {"", "utf-8"}:
        content = marked.content
        offset = _first_invalid(content)
        if offset is not None:
            raise InvalidInputError([_not_utf8(content, offset, document)])
    else:
        try:
            content = marked.content.decode(marked.encoding).encode()
        except UnicodeError as error:
            fault = Fault(
                code="WRONG_ENCODING",
                message=f"begins like {marked.encoding} but is not: {error}",
                place=Place(document),
                remedy="save it as UTF-8; it may be cut off",
            )
            raise InvalidInputError([fault]) from error
    found = _CONTROL.search(content)
    if found:
        raise InvalidInputError([_control_character(content, found, document)])
    return content


def spot(content: bytes, offset: int) -> tuple[int, int]:
    """Return line and column, from 1, of a byte of UTF-8 text."""
    start = content.rfind(b"\n", 0, offset) + 1
    return (
        content.count(b"\n", 0, offset) + 1,
        len(content[start:offset].decode(errors="replace")) + 1,
    )


def _first_invalid(content: bytes) -> int | None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    # Chunks: the text of a large document is never in memory a second time.
    for start in range(0, len(content), _CHUNK_BYTES):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(
                content[start : start + _CHUNK_BYTES], start + _CHUNK_BYTES >= len(content)
            )
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return None


def _not_utf8(content: bytes, offset: int, document: str) -> Fault:
    line, column = spot(content, offset)
    return Fault(
        code="NOT_UTF8",
        message=f"byte 0x{content[offset]:02X} is not UTF-8",
        place=Place(document, "", line, column),
        remedy="save the file as UTF-8",
    )


def _control_character(content: bytes, found: re.Match[bytes], document: str) -> Fault:
    line, column = spot(content, found.start())
    sample = content[:_SAMPLE_BYTES]
    wide = found[0] == b"\0" and sample.count(0) > len(sample) // 3
    return Fault(
        code="CONTROL_CHARACTER",
        message=f"control character U+{ord(found[0].decode()):04X} in the text",
        place=Place(document, "", line, column),
        remedy="save the file as UTF-8, it looks like UTF-16"
        if wide
        else r'take it out, or write it as an escape in double quotes: "\x07"',
    )
