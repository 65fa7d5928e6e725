"""A store → a backup, while others write to it; a backup → an empty store, proven equal."""

import asyncio
import gzip
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from graph_service.model.delta import Record
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.instants import instant_text
from graph_service.model.place import Place
from graph_service.model.revision import Head, LogEntry, Revision
from graph_service.store.chain import verify
from graph_service.store.copyable import CopyableStore, Held, Stretch
from graph_service.use_cases.copies.backup_file import (
    COMPRESSION,
    BackupFile,
    BackupWriter,
    Line,
    head_of,
    record_of,
)
from graph_service.use_cases.copies.original import (
    STRETCH_ENTRIES,
    Contents,
    StoreOriginal,
    different,
    up_to,
)
from graph_service.use_cases.copies.record_spool import RecordSpool
from graph_service.use_cases.copies.store_copy import Progress
from graph_service.use_cases.copies.store_digest import (
    RECORDS,
    StoreDigest,
    Tally,
    name_of,
    number_of,
    sort_of,
)

_RECORDS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """What a backup holds: everything up to ``head``, and the records of that moment."""

    head: Head
    revision_count: int
    entry_count: int
    record_count: int
    byte_count: int
    seconds: float


async def back_up(
    store: CopyableStore, path: Path, *, clock: Callable[[], datetime], progress: Progress
) -> BackedUp:
    """Write a store's log and records into a new file; there is all of it in the end, or none.

    Raises:
        InvalidInputError: There is such a file already, or the store's log is damaged.

    """
    if await asyncio.to_thread(path.exists):
        raise InvalidInputError([_exists(path)])
    start = time.monotonic()
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with gzip.GzipFile("", "wb", COMPRESSION, file, mtime=0) as compressed:
                writer, head = await _write(store, compressed, instant_text(clock()), progress)
            file.flush()
            os.fsync(file.fileno())
            byte_count = file.tell()
        try:
            os.link(aside, path)  # unlike a rename, it never takes the place of another file
        except FileExistsError:
            raise InvalidInputError([_exists(path)]) from None
    finally:
        with suppress(FileNotFoundError):
            aside.unlink()
    return BackedUp(
        head=head,
        revision_count=writer.revision_count,
        entry_count=writer.entry_count,
        record_count=writer.record_count,
        byte_count=byte_count,
        seconds=time.monotonic() - start,
    )


def _exists(path: Path) -> Fault:
    return Fault(
        code="FILE_EXISTS",
        message="there is such a file already",
        place=Place(str(path)),
        remedy="choose another name, such as one with the date in it",
    )


async def _write(
    store: CopyableStore, file: gzip.GzipFile, at: str, progress: Progress
) -> tuple[BackupWriter, Head]:
    original = StoreOriginal(store, with_graph=False)
    writer = BackupWriter(file.write, at)
    with RecordSpool() as spool:
        end = (await original.head()).revision
        done = await _write_log(original, writer, Head(), end, progress)
        # The records are those of one moment; the log is brought up to that moment after it.
        head = (await original.contents(spool)).digest.head
        await _write_log(original, writer, done, head.revision, progress)
        await asyncio.to_thread(_write_records, spool, writer)
    writer.end(head)
    return writer, head


async def _write_log(
    original: StoreOriginal, writer: BackupWriter, after: Head, end: int, progress: Progress
) -> Head:
    async for stretch in up_to(original.stretches(after.revision), end):
        if faults := await asyncio.to_thread(_verified_and_written, stretch, writer, after):
            raise InvalidInputError(faults)
        newest = stretch[-1][0]
        after = Head(newest.number, newest.at, newest.hash)
        progress("revisions written", after.revision, end)
    return after


def _verified_and_written(stretch: Stretch, writer: BackupWriter, after: Head) -> list[Fault]:
    faults = verify(stretch, after=after)
    if not faults:
        writer.stretch(stretch)
    return faults


def _write_records(spool: RecordSpool, writer: BackupWriter) -> None:
    for each in spool.records():
        writer.record(each)


@dataclass(frozen=True, slots=True)
class BackupOriginal:
    """A backup that was read to its end once, as a original to copy from."""

    file: BackupFile
    end: Head

    @property
    def address(self) -> str:
        """The path of the file."""
        return str(self.file.path)

    async def head(self) -> Head:
        """Return where its log ends."""
        return self.end

    async def hash_of(self, revision: int) -> str | None:
        """Return the hash of a revision, if there is such a one."""
        return await asyncio.to_thread(self._hash_of, revision)

    def _hash_of(self, revision: int) -> str | None:
        for line in self.file.lines():
            if line.sort == "revision" and line.content["number"] == revision:
                return str(line.content["hash"])
        return None

    async def stretches(self, after: int) -> AsyncIterator[Stretch]:
        """Yield the log after a revision."""
        later = (each for each in self.file.revisions(self.file.lines()) if each[0].number > after)
        stretches = _in_stretches(later)
        while stretch := await asyncio.to_thread(next, stretches, None):
            yield stretch

    async def contents(self, spool: RecordSpool) -> Contents:
        """Put all records into a spool and say what they come to."""
        return Contents(await asyncio.to_thread(self._contents, spool), has_graph=False)

    def _contents(self, spool: RecordSpool) -> StoreDigest:
        tally = Tally()
        for take in (tally, spool.take):
            take(self.end)
        for part in self._records():
            for take in (tally, spool.take):
                take(part)
        return tally.digest

    def _records(self) -> Iterator[Sequence[Held]]:
        part: list[Held] = []
        for line in self.file.lines():
            if line.sort == "record":
                part.append(record_of(line))
                if len(part) == _RECORDS_AT_ONCE:
                    yield part
                    part = []
        yield part

    async def record(self, kind: str, record_id: str) -> Record | None:
        """Return one record."""
        return await asyncio.to_thread(self._record, kind, record_id)

    def _record(self, kind: str, record_id: str) -> Record | None:
        for line in self.file.lines():
            if line.sort == "record" and line.content[:2] == [kind, record_id]:
                return record_of(line)
        return None

    async def examples(self, copy: CopyableStore, sorts: Collection[str]) -> Sequence[str]:
        """Return some of the records that a copy does not hold alike."""
        theirs: dict[str, int] = {}

        def take(part: Head | Sequence[Held]) -> None:
            if not isinstance(part, Head):
                theirs.update(_named(part, sorts))

        await copy.read_out(take, records_only=True)
        ours: dict[str, int] = {}
        for part in self._records():
            ours.update(_named(part, sorts))
        return different(ours, theirs)


def _named(part: Sequence[Held], sorts: Collection[str]) -> dict[str, int]:
    return {
        f"{sort_of(each)}: {name_of(each)}": number_of(each)
        for each in part
        if sort_of(each) in sorts and sort_of(each).startswith(RECORDS)
    }


def _in_stretches(revisions: Iterator[tuple[Revision, list[LogEntry]]]) -> Iterator[Stretch]:
    stretch: list[tuple[Revision, list[LogEntry]]] = []
    size = 0
    for revision, entries in revisions:
        if stretch and size + len(entries) > STRETCH_ENTRIES:
            yield stretch
            stretch, size = [], 0
        stretch.append((revision, entries))
        size += len(entries)
    if stretch:
        yield stretch


async def checked(path: Path, progress: Progress) -> BackupOriginal:
    """Read a backup to its end, so that nothing of a damaged one is ever restored.

    Raises:
        InvalidInputError: It is no backup, or was altered or cut short: with where.

    """
    file = BackupFile(path)
    return BackupOriginal(file, await asyncio.to_thread(_checked, file, progress))


def _checked(file: BackupFile, progress: Progress) -> Head:
    counted = _Counted(file.lines())
    after = Head()
    for revision, entries in file.revisions(iter(counted)):
        if faults := verify([(revision, entries)], after=after):
            raise InvalidInputError(faults)
        after = Head(revision.number, revision.at, revision.hash)
        progress("revisions read", after.revision, None)
    end = head_of(counted.last)
    stated = {name: counted.last.content[f"{name}s"] for name in ("revision", "record")}
    found = {name: counted.counts.get(name, 0) for name in stated}
    if stated != found or (end.revision, end.hash) != (after.revision, after.hash):
        file.refuse(counted.last.number, "its end does not fit what it holds")
    return end


class _Counted:
    """Lines, and how many there were of each sort."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self.counts: dict[str, int] = {}
        self.last = Line(0, "", None)

    def __iter__(self) -> Iterator[Line]:
        """Yield them."""
        for each in self._lines:
            self.counts[each.sort] = self.counts.get(each.sort, 0) + 1
            self.last = each
            yield each
