"""The file a backup is: a store's log and records as lines of JSON, compressed.

A line is a seal, a blank and a JSON list. The seal is the SHA-256 of the seal before and the list,
so that a line altered, lost or moved is found where it stands; the last line says how much there
must be. Revisions and entries are as in the log, and their own hashes are verified as well.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

import orjson

from graph_service.model.codec import canonical
from graph_service.model.delta import Record
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.model.revision import (
    Actor,
    ActorType,
    Head,
    LogEntry,
    Operation,
    RecordType,
    Revision,
)
from graph_service.store.copyable import Stretch

FORMAT = 1
COMPRESSION = 3
"""Of gzip: beyond it files get hardly smaller and much slower."""

_ENTRIES_A_LINE = 500
_FIRST_SEAL = "0" * 64
_SEAL_LENGTH = len(_FIRST_SEAL)


class BackupWriter:
    """Writes lines and counts what they hold."""

    def __init__(self, write: Callable[[bytes], object], at: str) -> None:
        self._write = write
        self._seal = _FIRST_SEAL
        self.revision_count = 0
        self.entry_count = 0
        self.record_count = 0
        self._line("backup", {"format": FORMAT, "at": at})

    def stretch(self, stretch: Stretch) -> None:
        """Write revisions and their entries."""
        for revision, entries in stretch:
            self._line("revision", _revision_data(revision))
            for first in range(0, len(entries), _ENTRIES_A_LINE):
                chunk = entries[first : first + _ENTRIES_A_LINE]
                self._line("entries", [_entry_data(each) for each in chunk])
            self.revision_count += 1
            self.entry_count += len(entries)

    def record(self, record: Record) -> None:
        """Write a record that is not part of the graph."""
        self._line("record", [record.kind, record.id, record.group, record.data])
        self.record_count += 1

    def end(self, head: Head) -> None:
        """Write what makes it whole."""
        self._line(
            "end",
            {
                "head": [head.revision, head.at, head.hash, head.next_ordinal],
                "revisions": self.revision_count,
                "entries": self.entry_count,
                "records": self.record_count,
            },
        )

    def _line(self, sort: str, content: object) -> None:
        text = canonical([sort, content])
        self._seal = sealed_line(self._seal, text)
        self._write(self._seal.encode() + b" " + text + b"\n")


def sealed_line(before: str, text: bytes) -> str:
    """Return the seal of a line that follows the one with the seal before."""
    return sha256(before.encode() + text).hexdigest()


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is what was written: its number, what it is and what it says."""

    number: int
    sort: str
    content: Any


class BackupFile:
    """A backup to read from, any number of times."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    def lines(self) -> Iterator[Line]:
        """Yield all lines; the last one is the end.

        Raises:
            InvalidInputError: It is no backup, or was altered or cut short: with where.

        """
        number, seal, last = 0, _FIRST_SEAL, ""
        try:
            with gzip.open(self._path, "rb") as file:
                for number, raw in enumerate(file, 1):
                    line, seal = self._read(number, raw, seal)
                    yield line
                    last = line.sort
        except EOFError:
            self.refuse(number + 1, "the file was cut short here")
        except (gzip.BadGzipFile, zlib.error):
            if number:
                self.refuse(number + 1, "the file is damaged here or was altered")
            self.refuse(1, "this is no backup of Graph Service")
        except OSError as error:
            self.refuse(None, f"cannot be read: {(error.strerror or str(error)).lower()}")
        if last != "end":
            self.refuse(number + 1, "the file was cut short here")

    def _read(self, number: int, raw: bytes, before: str) -> tuple[Line, str]:
        seal, _, text = raw.rstrip(b"\n").partition(b" ")
        if len(seal) != _SEAL_LENGTH or not text.startswith(b"["):
            self.refuse(
                number,
                "this is no backup of Graph Service" if number == 1 else "this line was altered",
            )
        if sealed_line(before, text) != seal.decode("ascii", "replace"):
            self.refuse(number, "this line was altered, or lines before it are missing")
        sort, content = orjson.loads(text)
        if number == 1:
            self._check_format(sort, content)
        return Line(number, sort, content), seal.decode()

    def _check_format(self, sort: str, content: Any) -> None:  # noqa: ANN401 - any JSON value
        if sort != "backup":
            self.refuse(1, "this is no backup of Graph Service")
        if content["format"] != FORMAT:
            self.refuse(1, f"written in format {content['format']}; this program knows {FORMAT}")

    def refuse(self, number: int | None, message: str) -> NoReturn:
        """Raise that something is wrong with a line."""
        place = Place(str(self._path), line=number)
        fault = Fault(
            code="NOT_A_BACKUP", message=message, place=place, remedy="use another backup"
        )
        raise InvalidInputError([fault])

    def revisions(self, lines: Iterator[Line]) -> Iterator[tuple[Revision, list[LogEntry]]]:
        """Yield revisions with their entries, and nothing else of some lines."""
        revision: Revision | None = None
        entries: list[LogEntry] = []
        for line in lines:
            try:
                if line.sort == "revision":
                    if revision:
                        yield revision, entries
                    revision, entries = _revision_of(line.content), []
                elif line.sort == "entries" and revision:
                    entries += (_entry_of(each, revision.number) for each in line.content)
            except (KeyError, TypeError, ValueError):
                self.refuse(line.number, "this line is not what lines of a backup are")
        if revision:
            yield revision, entries


def record_of(line: Line) -> Record:
    """Read a record."""
    kind, record_id, group, data = line.content
    return Record(kind, record_id, data, group)


def head_of(line: Line) -> Head:
    """Read the head that the end of a backup states."""
    return Head(*line.content["head"])


def _revision_data(revision: Revision) -> dict[str, Any]:
    actor = revision.actor
    return {
        "number": revision.number,
        "at": revision.at,
        "actor": [actor.id, actor.name, actor.type.value],
        "reason": revision.reason,
        "run": revision.run,
        "change": revision.change,
        "entryCount": revision.entry_count,
        "previousHash": revision.previous_hash,
        "hash": revision.hash,
    }


def _revision_of(data: dict[str, Any]) -> Revision:
    actor_id, name, actor_type = data["actor"]
    return Revision(
        number=data["number"],
        at=data["at"],
        actor=Actor(actor_id, name, ActorType(actor_type)),
        reason=data["reason"],
        run=data["run"],
        change=data["change"],
        entry_count=data["entryCount"],
        previous_hash=data["previousHash"],
        hash=data["hash"],
    )


def _entry_data(entry: LogEntry) -> list[Any]:
    return [
        entry.sequence,
        entry.record_type.value,
        entry.record_id,
        entry.subject_a,
        entry.subject_b,
        entry.operation.value,
        entry.before,
        entry.after,
        entry.claims,
        entry.payload_hash,
    ]


def _entry_of(data: Sequence[Any], revision: int) -> LogEntry:
    sequence, record_type, record_id, one, other, operation, before, after, claims, hash_ = data
    return LogEntry(
        revision=revision,
        sequence=sequence,
        record_type=RecordType(record_type),
        record_id=record_id,
        subject_a=one,
        subject_b=other,
        operation=Operation(operation),
        before=before,
        after=after,
        claims=tuple(claims),
        payload_hash=hash_,
    )
