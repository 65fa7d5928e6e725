"""Which entries of the log: a value that every store compiles, and what an entry is found by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graph_service.model.errors import StoreUnusableError
from graph_service.model.revision import LogEntry, Operation, RecordType

SUBJECTS_MAX = 100
"""Most CIs and relationships that one query may name."""

FIELDS = frozenset({"name", "class", "presence", "origin"})
"""What of a record may change beside its attributes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """Which entries of the log. All conditions hold; an empty one is no condition.

    ``subjects`` are ids of CIs and relationships: entries of the records themselves, and of the
    relationships of those CIs. ``actors`` are ids or exact names. ``names`` are fields and
    attributes that changed; of a new record, the attributes it was created with. ``reason`` is a
    text that the reason contains, whatever its case. ``since`` and ``until`` are instants as
    revisions have them, ``first`` and ``last`` numbers of revisions (0: no bound), all inclusive.
    """

    record_types: frozenset[RecordType] = frozenset()
    subjects: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()
    operations: frozenset[Operation] = frozenset()
    run: str = ""
    change: str = ""
    names: frozenset[str] = frozenset()
    reason: str = ""
    since: str = ""
    until: str = ""
    first: int = 0
    last: int = 0

    @property
    def asks_of_revision(self) -> bool:
        """Whether there is a condition on who wrote, why, or in which run or change."""
        return bool(self.actors or self.run or self.change or self.reason)

    @property
    def asks_of_entry(self) -> bool:
        """Whether there is a condition on what was written."""
        return bool(self.record_types or self.subjects or self.operations or self.names)


EVERYTHING = LogQuery()
"""The whole log."""


def changed_names(entry: LogEntry) -> list[str]:
    """Return the fields and attributes that an entry changed; of a new record its attributes."""
    if entry.operation is Operation.CREATED:
        return sorted(entry.after.get("attributes", ()))
    before: Mapping[str, Any] = entry.before
    fields = before.keys() - {"attributes", "absent"}
    return sorted({*fields, *before.get("attributes", ()), *before.get("absent", ())})


def folded(text: str) -> str:
    """Return a text in which case makes no difference."""
    return text.casefold()


def damaged_entry(revision: int, sequence: int) -> StoreUnusableError:
    """Return the error that somebody wrote into an entry what is no entry."""
    return StoreUnusableError(
        f"revision {revision}: its entry {sequence} cannot be read; restore the store from a backup"
    )
