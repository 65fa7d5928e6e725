"""Runs that are too large to be undone as a whole: what lets them be undone piece by piece.

Of most runs the revisions have nothing to do with each other: each record is written once, nothing
comes back, and nothing answers what another source said before. These are undone revision by
revision, the newest first, and the estate that comes of it is the one that undoing them together
makes. What would have to be seen together is refused.
"""

from collections.abc import AsyncIterator, Sequence

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.codec import claim_from_data
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.model.relationship import Relationship
from graph_service.model.revision import LogEntry, Operation, RecordType, Revision
from graph_service.reconcile.import_plan import Action
from graph_service.reconcile.undoing import ClaimChange, differing, image_before, image_of
from graph_service.store import GraphStore, LogQuery
from graph_service.store.log_query import changed_names
from graph_service.use_cases.undoing.undo_authors import with_authors
from graph_service.use_cases.undoing.undo_computing import plain_name
from graph_service.use_cases.undoing.undo_plan import UndoChange, UndoConflict, UndoPlan
from graph_service.use_cases.undoing.undo_target import UndoTarget

AT_ONCE_MAX = 100_000
"""Log entries that are undone as a whole at most: each takes about 8 kB of memory."""

_PAGE = 1_000
_ALONE = {
    RecordType.CI: {Operation.CREATED, Operation.UPDATED},
    RecordType.RELATIONSHIP: {Operation.CREATED, Operation.UPDATED, Operation.RETIRED},
}
_TAKEN_BACK_BY = {Operation.CREATED: Action.RETIRE, Operation.RETIRED: Action.REACTIVATE}


def goes_piece_by_piece(target: UndoTarget) -> bool:
    """Whether a target is a run that is too large to be undone as a whole."""
    return target.run is not None and target.entry_count > AT_ONCE_MAX


def pieces(target: UndoTarget) -> list[UndoTarget]:
    """Return each revision of a run as what is to be undone, in the order in which it is."""
    newest_first = reversed(target.revisions)
    return [UndoTarget((each,), target.run, target.ending) for each in newest_first]


async def large_plan(store: GraphStore, target: UndoTarget, base: int) -> UndoPlan:
    """Return what undoing a large run would do, read off the log.

    Whatever was written since to one of its records, or drawn to one of its CIs, is in the way:
    here it is not asked if it is about the same values.

    Raises:
        InvalidInputError: Its revisions cannot be undone one by one.

    """
    touched = await _touched(store, target)
    conflicts = [each async for each in _written_since(store, target, touched)]
    return UndoPlan(
        revisions=tuple(each.number for each in reversed(target.revisions)),
        run=target.run.id if target.run else "",
        base_revision=base,
        changes=[
            change
            for piece in pieces(target)
            for change in await _changes(store, piece.revisions[0])
        ],
        conflicts=await with_authors(store, conflicts, target.revisions[-1].number),
    )


async def large_conflicts(store: GraphStore, target: UndoTarget) -> bool:
    """Whether a large run can be undone piece by piece, and something is in the way of that.

    Raises:
        InvalidInputError: Its revisions cannot be undone one by one.

    """
    touched = await _touched(store, target)
    async for _ in _written_since(store, target, touched):
        return True
    return False


async def _touched(store: GraphStore, target: UndoTarget) -> set[str]:
    touched: set[str] = set()
    for revision in target.revisions:
        for entry in await store.entries(revision.number):
            if entry.record_id in touched or not _stands_alone(entry, revision.run or ""):
                raise _refused(target)
            touched.add(entry.record_id)
    return touched


def _stands_alone(entry: LogEntry, run: str) -> bool:
    """Whether undoing an entry asks for nothing that other revisions of its run did."""
    if entry.operation not in _ALONE.get(entry.record_type, ()):
        return False
    for each in entry.claims:
        if each["after"] is None:
            return False  # it moved to another record
        before: Claim | None = claim_from_data(each["before"]) if each["before"] else None
        if ClaimChange(before, claim_from_data(each["after"]), run).is_answer_to_deferred:
            return False
    return True


def _refused(target: UndoTarget) -> InvalidInputError:
    first, last = target.revisions[0].number, target.revisions[-1].number
    fault = Fault(
        code="RUN_TOO_LARGE",
        message=f"the run wrote {target.entry_count:,} records, more than the {AT_ONCE_MAX:,} that "
        "are undone as a whole, and its revisions build on each other",
        place=Place("input", "run"),
        remedy=f"undo its revisions one by one, the newest first: {last} down to {first}; what "
        "they answered or ended of other data sources comes back with their next import",
    )
    return InvalidInputError([fault])


async def _written_since(
    store: GraphStore, target: UndoTarget, touched: set[str]
) -> AsyncIterator[UndoConflict]:
    """Yield what others wrote to these records since, newest first, each record once."""
    own = {each.number for each in target.revisions}
    seen: set[str] = set()
    before = 0
    while page := await store.revisions(
        query=LogQuery(first=target.revisions[0].number),
        after=before,
        limit=_PAGE,
        newest_first=True,
    ):
        for revision in page:
            if revision.number in own or revision.reason.startswith(f"{target.name}: "):
                continue
            for entry in await store.entries(revision.number):
                concerned = {entry.record_id, entry.subject_a, entry.subject_b}
                if concerned & touched and entry.record_id not in seen:
                    seen.add(entry.record_id)
                    yield await _conflict(store, entry, is_own=entry.record_id in touched)
        before = page[-1].number


async def _conflict(store: GraphStore, entry: LogEntry, *, is_own: bool) -> UndoConflict:
    is_ci = entry.record_type is RecordType.CI
    [record] = (await (store.cis if is_ci else store.relationships)([entry.record_id])).values()
    return UndoConflict(
        record_type=entry.record_type,
        record_id=entry.record_id,
        label=(await _labels(store, [record]))[entry.record_id],
        name=", ".join(changed_names(entry)),
        before=None,
        kept=None,
        because="it was written since" if is_own else "it was drawn since",
        revision=entry.revision,
    )


async def _changes(store: GraphStore, revision: Revision) -> list[UndoChange]:
    entries = await store.entries(revision.number)
    ids = [each.record_id for each in entries]
    now: dict[str, CI | Relationship] = {
        **{str(key): each for key, each in (await store.cis(ids)).items()},
        **{str(key): each for key, each in (await store.relationships(ids)).items()},
    }
    labels = await _labels(store, [*now.values()])
    found = []
    for entry in entries:
        record = now[entry.record_id]
        differences = tuple(
            (plain_name(name), old, new)
            for name, old, new in differing(image_of(record), image_before(entry))
        )
        if differences:
            label = labels[entry.record_id]
            found.append(
                UndoChange(
                    action=_TAKEN_BACK_BY.get(entry.operation, Action.UPDATE),
                    record_type=entry.record_type,
                    record_id=entry.record_id,
                    label=label,
                    name=record.name if isinstance(record, CI) else label,
                    differences=differences,
                )
            )
    return found


async def _labels(store: GraphStore, records: Sequence[CI | Relationship]) -> dict[str, str]:
    related = [each for each in records if isinstance(each, Relationship)]
    ends = await store.cis({str(end) for each in related for end in (each.source, each.target)})
    keys = {str(each.id): each.key for each in records if isinstance(each, CI)}
    return keys | {
        str(each.id): f"{ends[each.source].key} -{each.type}-> {ends[each.target].key}"
        for each in related
    }
