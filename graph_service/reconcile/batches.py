"""Changes → deltas small enough to be applied whole, in an order in which none dangles."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from graph_service.model.ci import CI
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta, Record
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Actor
from graph_service.reconcile.deferred import UNRESOLVED, counter_record
from graph_service.reconcile.draft import Change
from graph_service.reconcile.import_plan import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What all deltas of one plan have in common."""

    based_on: int
    actor: Actor
    reason: str
    run: str | None
    milliseconds: int
    salt: str


def deltas_of(
    changes: Sequence[Change],
    cover: Cover,
    *,
    records: Sequence[Record] = (),
    removed_records: Sequence[tuple[str, str]] = (),
) -> list[GraphDelta]:
    """Return the deltas that write changes, and with the last of them other records.

    CIs come first, then relationships, then relationships that end and CIs that end: every
    delta leaves an estate in which no relationship dangles, wherever the run is killed.
    """
    batches = [*_batches(_units(changes))]
    first, *others = [*_record_batches(records, removed_records)] or [((), ())]
    if not batches and (first[0] or first[1]):
        batches = [[]]
    last = len(batches) - 1
    return [
        *(
            _delta(batch, cover, index, *(first if index == last else ((), ())))
            for index, batch in enumerate(batches)
        ),
        *(_delta((), cover, index, *some) for index, some in enumerate(others, len(batches))),
    ]


def _record_batches(
    records: Sequence[Record], removed_records: Sequence[tuple[str, str]]
) -> Iterator[tuple[Sequence[Record], Sequence[tuple[str, str]]]]:
    for start in range(0, len(records), DELTA_RECORDS_MAX):
        yield records[start : start + DELTA_RECORDS_MAX], ()
    for start in range(0, len(removed_records), DELTA_RECORDS_MAX):
        yield (), removed_records[start : start + DELTA_RECORDS_MAX]


def delta_of(changes: Sequence[Change], cover: Cover) -> GraphDelta:
    """Return the one delta that writes changes, all of them."""
    batch = [each for unit in _units(changes) for each in unit]
    return _delta(batch, cover, 0)


def _phase(unit: Sequence[Change]) -> int:
    ends = all(each.action is Action.RETIRE for each in unit)
    return (2 if ends else 1) if unit[0].is_of_relationship else (3 if ends else 0)


def _units(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Yield what must stand in one delta: a record, or all that a moved binding ties together."""
    tied: dict[str, list[Change]] = {}
    by_subject = {str(each.after.id): each for each in changes}
    for each in changes:
        if not each.joined:
            continue
        other = tied.get(each.joined) or [by_subject[each.joined]]
        own = tied.get(each.after.id) or [each]
        if own is not other:
            own += other
            for member in own:
                tied[member.after.id] = own
    units: dict[int, list[Change]] = {}
    for each in changes:
        unit = tied.get(each.after.id) or [each]
        units.setdefault(id(unit), unit)
    yield from sorted(units.values(), key=_phase)


def _batches(units: Iterable[list[Change]]) -> Iterator[list[Change]]:
    batch: list[Change] = []
    for unit in units:
        if batch and len(batch) + len(unit) > DELTA_RECORDS_MAX:
            yield batch
            batch = []
        batch.extend(unit)
    if batch:
        yield batch


def _delta(
    batch: Sequence[Change],
    cover: Cover,
    index: int,
    records: Sequence[Record] = (),
    removed_records: Sequence[tuple[str, str]] = (),
) -> GraphDelta:
    written = {
        (each.kind, each.id): each
        for each in (*(record for change in batch for record in change.records), *records)
    }
    removed = {
        *(pair for change in batch for pair in change.removed_records),
        *removed_records,
    } - written.keys()
    if any(kind == UNRESOLVED for kind, _ in (*written, *removed)):
        counter = counter_record(cover.milliseconds, f"{cover.salt}:{index}")
        written[counter.kind, counter.id] = counter
    return GraphDelta(
        based_on=cover.based_on,
        actor=cover.actor,
        reason=cover.reason,
        run=cover.run,
        cis=tuple(each.after for each in batch if isinstance(each.after, CI)),
        relationships=tuple(each.after for each in batch if isinstance(each.after, Relationship)),
        claims=tuple(claim for each in batch for claim in each.claims),
        records=tuple(written.values()),
        removed_records=tuple(sorted(removed)),
    )
