"""The parts of an XLSX file, read within limits: whoever sent it may mean harm."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from xml.parsers import expat

from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place

PART_BYTES_MAX = 400_000_000
"""Most that one part may unpack to."""

PARTS_MAX = 5_000
TAG_BYTES_MAX = 2_000_000
"""Longest tag, and longest text of a cell: what has to be in memory at once."""

_CHUNK = 256 * 1024
_PIECES_MAX = 1_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PLAIN_TEXT_SHARE = 0.9
_DAMAGED = (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, OSError, ValueError)
"""What reading fails with; a ValueError is a number that is none where the format asks for one."""

Attributes = Mapping[str, str]
Begin = Callable[[str, Attributes], None]
End = Callable[[str], None]
Text = Callable[[str], None]


def refused(document: str, message: str, remedy: str, path: str = "") -> InvalidInputError:
    """Return the error of a workbook that cannot be read at all."""
    fault = Fault(
        code="UNREADABLE_FILE", message=message, place=Place(document, path), remedy=remedy
    )
    return InvalidInputError([fault])


class Parts:
    """The zip archive that an XLSX file is.

    Raises:
        InvalidInputError: It is none, is encrypted, is cut off, or carries macros.

    """

    def __init__(self, content: bytes, document: str) -> None:
        self.document = document
        if content.startswith(_OLE):
            message = "this is encrypted, or an old .xls workbook"
            raise refused(document, message, "take the password off, and save it as .xlsx")
        if not content.startswith(b"PK"):
            raise refused(document, *_other_than_xlsx(content))
        try:
            self._archive = zipfile.ZipFile(BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            message = "the end of this workbook is missing"
            raise refused(document, message, "save or send it again") from error
        self.names = frozenset(self._archive.namelist())
        self._check()

    def _check(self) -> None:
        if len(self._archive.infolist()) > PARTS_MAX:
            raise refused(self.document, "this has far too many parts", "save it anew as .xlsx")
        if any(name.endswith("vbaProject.bin") for name in self.names):
            message = "this workbook carries macros"
            raise refused(self.document, message, "save it as .xlsx, which has none")
        if "xl/workbook.bin" in self.names:
            raise refused(self.document, "this is an .xlsb workbook", "save it as .xlsx")
        if "[Content_Types].xml" not in self.names or "mimetype" in self.names:
            what = "an OpenDocument file" if "mimetype" in self.names else "no workbook"
            raise refused(self.document, f"this is {what}", "save it as .xlsx")

    def parse(self, part: str, begin: Begin, end: End, text: Text) -> Iterator[None]:
        """Read a part, calling back for what is in it; yield now and then, to be stopped.

        Raises:
            InvalidInputError: It is damaged, too large, or defines entities of its own.

        """
        if part not in self.names:
            message = f"the part {part} is missing"
            raise refused(self.document, message, "save it anew as .xlsx")
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda name, attributes: begin(_local(name), attributes)
        parser.EndElementHandler = lambda name: end(_local(name))
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = self._no_doctype
        try:
            taken = 0
            for chunk in self._chunks(part):
                parser.Parse(chunk, not chunk)
                taken += len(chunk)
                if taken - parser.CurrentByteIndex > TAG_BYTES_MAX:
                    raise ValueError("a tag that does not end")
                yield
        except RuntimeError as error:  # what zipfile says of a password
            message = "this workbook is encrypted"
            raise refused(self.document, message, "take the password off") from error
        except _DAMAGED as error:
            message = f"the part {part} is damaged: {str(error)[:80]}"
            raise refused(self.document, message, "save or send it again") from error

    def _chunks(self, part: str) -> Iterator[bytes]:
        """Yield a part piece by piece, an empty one last."""
        size = 0
        with self._archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > PART_BYTES_MAX:
                    message = f"{part} unpacks to more than {PART_BYTES_MAX // 10**6:,} MB"
                    remedy = "delete the rows and formats below the last row, and save it anew"
                    raise refused(self.document, message, remedy)
                yield chunk
        yield b""

    def _no_doctype(self, *_: object) -> None:
        raise refused(
            self.document, "this defines XML entities, as no spreadsheet does", "save it anew"
        )


def _local(name: str) -> str:
    """Return a name without its prefix; the format has no two names that differ in it alone."""
    return name.rpartition(":")[2] if ":" in name else name


def bounded(pieces: list[str], piece: str) -> None:
    """Add a piece of a text.

    Raises:
        ValueError: The text is longer than any a cell could hold.

    """
    pieces.append(piece)
    if len(pieces) > _PIECES_MAX or len(piece) > _PIECES_MAX:
        pieces[:] = ["".join(pieces)]
        if len(pieces[0]) > TAG_BYTES_MAX:
            raise ValueError("a text that no cell holds")


def _other_than_xlsx(content: bytes) -> tuple[str, str]:
    start = content[:1000]
    printable = sum(each >= 0x20 or each in b"\r\n\t" for each in start)  # noqa: PLR2004 - the blank
    if start and printable >= _PLAIN_TEXT_SHARE * len(start):
        return "this is text, not a workbook", "name it .csv if it is CSV, else save it as .xlsx"
    return "this is no workbook", "save it as .xlsx"
