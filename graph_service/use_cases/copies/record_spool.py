"""Records set aside in a file without a name, so that any number of them needs no memory."""

import tempfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from types import TracebackType
from typing import Self

import orjson

from graph_service.model.codec import canonical
from graph_service.model.delta import Record
from graph_service.model.revision import Head
from graph_service.store.copyable import Held
from graph_service.use_cases.copies.store_digest import COPY


class RecordSpool:
    """Takes what a store reads out and keeps its records until they are asked for again."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the spool is
        self.count = 0
        self._names: set[bytes] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def take(self, part: Head | Sequence[Held]) -> None:
        """Take a part; a head means that the records so far are void."""
        if isinstance(part, Head):
            self._file.seek(0)
            self._file.truncate()
            self.count = 0
            self._names.clear()
            return
        for each in part:
            if isinstance(each, Record) and each.kind != COPY:
                self._file.write(orjson.dumps([each.kind, each.id, each.group, each.data]) + b"\n")
                self._names.add(_short(each.kind, each.id))
                self.count += 1

    def holds(self, kind: str, record_id: str) -> bool:
        """Whether a record of this name was taken."""
        return _short(kind, record_id) in self._names

    def records(self) -> Iterator[Record]:
        """Yield all records that were taken."""
        self._file.seek(0)
        for line in self._file:
            kind, record_id, group, data = orjson.loads(line)
            yield Record(kind, record_id, data, group)


def _short(kind: str, record_id: str) -> bytes:
    return sha256(canonical([kind, record_id])).digest()[:16]
