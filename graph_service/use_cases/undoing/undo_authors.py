"""Who wrote what is in the way of an undo, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from graph_service.model.revision import LogEntry, Revision
from graph_service.reconcile.undoing import PRESENCE
from graph_service.store import GraphStore
from graph_service.store.log_query import changed_names
from graph_service.use_cases.undoing.undo_computing import plain_name
from graph_service.use_cases.undoing.undo_plan import UndoConflict

_IDS_AT_ONCE = 500


async def with_authors(
    store: GraphStore, conflicts: Sequence[UndoConflict], after: int
) -> list[UndoConflict]:
    """Say of each conflict who wrote what is in the way, and when."""
    ids = sorted({each.record_id for each in conflicts if each.revision is None})
    later: dict[str, list[LogEntry]] = {}
    for start in range(0, len(ids), _IDS_AT_ONCE):
        some = ids[start : start + _IDS_AT_ONCE]
        for entry in await store.entries_of(some, after=after):
            later.setdefault(entry.record_id, []).append(entry)
    found = [
        each
        if each.revision is not None
        else replace(each, revision=_written_by(each, later.get(each.record_id, [])))
        for each in conflicts
    ]
    numbers = {each.revision for each in found if each.revision is not None}
    headers = {
        number: (await store.revisions(after=number - 1, limit=1))[0] for number in sorted(numbers)
    }
    return [_with_author(each, headers) for each in found]


def _written_by(conflict: UndoConflict, later: Sequence[LogEntry]) -> int | None:
    """Return the newest revision that wrote a value, or else one that wrote the record."""
    name = plain_name(conflict.name)
    wrote = [
        each.revision
        for each in later
        if name in changed_names(each) or (name == PRESENCE and not each.before)
    ]
    return max(wrote or [each.revision for each in later], default=None)


def _with_author(conflict: UndoConflict, headers: Mapping[int, Revision]) -> UndoConflict:
    because = conflict.because
    if conflict.revision is None:
        because = because or "another data source is believed about it"
        return replace(conflict, name=plain_name(conflict.name), because=because)
    header = headers[conflict.revision]
    return replace(
        conflict,
        name=plain_name(conflict.name),
        because=because or "it was written anew",
        at=header.at,
        actor=header.actor,
        reason=header.reason,
    )
