"""Undoing what was written, as new revisions: nothing of the log is ever taken away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from graph_service.model.codec import digest
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.errors import (
    Fault,
    GraphServiceError,
    InvalidInputError,
    RevisionUnknownError,
    StaleRevisionError,
)
from graph_service.model.ids import IdGenerator, new_id
from graph_service.model.place import Place
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.batches import Cover, deltas_of
from graph_service.reconcile.deferred import UNRESOLVED
from graph_service.reconcile.draft import Change
from graph_service.reconcile.ground import all_records
from graph_service.reconcile.quarantine import QUARANTINED
from graph_service.reconcile.texts import reason_misfit
from graph_service.store import GraphStore
from graph_service.use_cases.editing.idempotency import Request
from graph_service.use_cases.editing.own_edits import faults_of_others_cis
from graph_service.use_cases.finding.owned_cis import Owning
from graph_service.use_cases.intake.import_run import ImportRun, RunState, run_record
from graph_service.use_cases.undoing.reverting import (
    goes_piece_by_piece,
    large_conflicts,
    large_plan,
    pieces,
)
from graph_service.use_cases.undoing.undo_authors import with_authors
from graph_service.use_cases.undoing.undo_computing import (
    Undone,
    conflicts_of,
    shown_changes,
    undone,
)
from graph_service.use_cases.undoing.undo_plan import UndoConflict, UndoPlan, UndoResult
from graph_service.use_cases.undoing.undo_results import (
    as_edit,
    replayed,
    result_of,
    together,
    with_revisions,
)
from graph_service.use_cases.undoing.undo_target import UndoTarget, revision_target, run_target

ATTEMPTS_MAX = 3
_PAGE = 1_000
_BEATEN = frozenset({"KEY_TAKEN", "DANGLING"})
"""Refusals by the store that mean that somebody else was faster."""

_IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoOrder:
    """Who undoes, and how.

    ``keeps_later``: values written since stay as they are, where otherwise nothing is undone.
    """

    actor: Actor
    reason: str
    keeps_later: bool = False
    expected_revision: int | None = None
    idempotency_key: str | None = None


class Undoing:
    """Undoes revisions and import runs."""

    def __init__(
        self,
        store: GraphStore,
        vocabulary: Vocabulary,
        *,
        clock: Callable[[], datetime],
        new_id: IdGenerator = new_id,
        owning: Owning | None = None,
    ) -> None:
        self._store = store
        self._owning = owning
        self._vocabulary = vocabulary
        self._clock = clock
        self._new_id = new_id
        self._last_planned: tuple[object, UndoPlan] | None = None

    async def plan(self, revision: int) -> UndoPlan:
        """Return what undoing a revision would do; write nothing.

        Raises:
            RevisionUnknownError: There is none of this number.
            InvalidInputError: It did what cannot be undone.

        """
        return await self._planned(await revision_target(self._store, revision))

    async def plan_of_run(self, run_id: str) -> UndoPlan:
        """Return what reverting an import run would do; write nothing.

        Raises:
            NotFoundError: There is no such run.
            InvalidInputError: It wrote nothing, or is not the newest of its data source.

        """
        return await self._planned(await run_target(self._store, run_id))

    async def undo(self, revision: int, order: UndoOrder) -> UndoResult | UndoPlan:
        """Undo a revision: claims and records go back to what they were before it.

        Where values were written anew since, and are not to be kept, nothing is written: the plan
        that comes back has them.

        Raises:
            RevisionUnknownError: There is none of this number.
            InvalidInputError: It did what cannot be undone, the reason is none, or by policy it is
                not the actor's to change.
            StaleRevisionError: A record it touches changed after the expected revision.
            IdempotencyKeyReusedError: The key came with something else within the last 24 hours.

        """
        _check(order)
        target = await revision_target(self._store, revision)
        request = None
        if order.idempotency_key:
            asked = ["undo", revision, order.reason, order.keeps_later, order.expected_revision]
            request = Request(
                store=self._store,
                clock=self._clock,
                actor=order.actor,
                key=order.idempotency_key,
                asked=digest(asked),
            )
        return await self._in_attempts(target, order, request)

    async def revert(self, run_id: str, order: UndoOrder) -> UndoResult | UndoPlan:
        """Undo all that an import run wrote; one that was reverted half-way is reverted further.

        References and records that it could not take in are forgotten with it: the next import
        finds them again. Of values written anew since, see ``undo``.

        Raises:
            NotFoundError: There is no such run.
            InvalidInputError: It wrote nothing, is not the newest of its data source, or the reason
                is none.
            StaleRevisionError: A record it touches changed after the expected revision.

        """
        _check(order)
        return await self._in_attempts(await run_target(self._store, run_id), order, None)

    async def _in_attempts(
        self, target: UndoTarget, order: UndoOrder, request: Request | None
    ) -> UndoResult | UndoPlan:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                return await self._once(target, order, request)
            except GraphServiceError as error:
                if request and (answer := (await request.look()).answer):
                    return replayed(target, answer)
                is_beaten = isinstance(error, StaleRevisionError)
                if not is_beaten or order.expected_revision or attempt == ATTEMPTS_MAX:
                    raise
        raise AssertionError  # the last attempt returns or raises

    async def _once(
        self, target: UndoTarget, order: UndoOrder, request: Request | None
    ) -> UndoResult | UndoPlan:
        head = await self._store.head()
        look = await request.look() if request else None
        if look and look.answer:
            return replayed(target, look.answer)
        expected = order.expected_revision
        if expected is not None and expected > head.revision:
            raise RevisionUnknownError(
                f"there is no revision {expected}; the newest is {head.revision}"
            )
        at = self._clock()
        if goes_piece_by_piece(target):
            return await self._piece_by_piece(target, order, head.revision, at)
        found, removed = await self._undone(target, at)
        if target.run is None and (
            others := await faults_of_others_cis(
                self._store, self._vocabulary, self._owning, order.actor, found.changes
            )
        ):
            raise InvalidInputError([*others.values()])
        conflicts = [*conflicts_of(found)]
        if conflicts and not order.keeps_later:
            return await self._shown(target, found, conflicts, head.revision)
        base = head.revision if expected is None else expected
        result = result_of(target, found.changes, len(conflicts), head.revision)
        cover = self._cover(target, order, base, at)
        deltas = _deltas(target, found.changes, removed, cover)
        if request and look and deltas and found.changes:
            note = request.record(
                as_edit(result),
                based_on=base,
                anchor=str(deltas[-1].cis[0].id if deltas[-1].cis else _any_subject(deltas[-1])),
                created=[],
            )
            deltas[-1] = replace(
                deltas[-1],
                records=(*deltas[-1].records, note),
                removed_records=(*deltas[-1].removed_records, *await request.forgotten()),
                expected=(request.expectation(look),),
            )
        written = await self._write(deltas)
        return with_revisions(result, written)

    async def _piece_by_piece(
        self, target: UndoTarget, order: UndoOrder, head: int, at: datetime
    ) -> UndoResult | UndoPlan:
        """Undo a run revision by revision, where it is too large to be looked at as a whole."""
        is_held = await large_conflicts(self._store, target)
        if is_held and not order.keeps_later:
            return await large_plan(self._store, target, head)
        total = result_of(target, (), 0, head)
        written: list[int] = []
        for piece in pieces(target):
            base = (await self._store.head()).revision
            found, removed = await self._undone(piece, at)
            conflicts = [*conflicts_of(found)]
            if conflicts and not order.keeps_later:
                # Somebody wrote since it was looked at: another look says who.
                raise StaleRevisionError(head, base, [each.label for each in conflicts])
            cover = self._cover(target, order, order.expected_revision or base, at)
            is_last = piece.revisions[0] is target.revisions[0]
            deltas = _deltas(
                piece, found.changes, removed if is_last else (), cover, is_last=is_last
            )
            written += await self._write(deltas, written)
            total = together(total, result_of(piece, found.changes, len(conflicts), head))
        return with_revisions(total, written)

    async def _undone(
        self, target: UndoTarget, at: datetime
    ) -> tuple[Undone, list[tuple[str, str]]]:
        """Return what becomes of the estate, and the records that only the run knows."""
        kept = await self._kept_by(target.ending) if target.ending else {}
        forgotten = frozenset(
            (each.data["dataSource"], each.data["nativeKey"])
            for each in kept.values()
            if each.kind == UNRESOLVED
        )
        found = await undone(self._store, self._vocabulary, target.revisions, at, forgotten)
        return found, [*kept]

    def _cover(self, target: UndoTarget, order: UndoOrder, base: int, at: datetime) -> Cover:
        return Cover(
            based_on=base,
            actor=order.actor,
            reason=f"{target.name}: {order.reason}",
            run=None,
            milliseconds=int(at.timestamp() * 1000),
            salt=self._new_id("und"),
        )

    async def _kept_by(self, run: ImportRun) -> dict[tuple[str, str], Record]:
        """Return the records that only this run knows: what it could not draw or take in."""
        return {
            (kind, record_id): record
            for kind in (UNRESOLVED, QUARANTINED)
            for record_id, record in (await all_records(self._store, kind, run.data_source)).items()
            if record.data["run"] == run.id
        }

    async def _write(self, deltas: Sequence[GraphDelta], own: Sequence[int] = ()) -> list[int]:
        """Write deltas that nobody but this undo came before, and return their revisions."""
        written: list[int] = []
        for each in deltas:
            delta = replace(each, own_revisions=frozenset((*own, *written)))
            try:
                applied = await self._store.apply(delta)
            except InvalidInputError as error:
                if not {fault.code for fault in error.faults} <= _BEATEN:
                    raise
                head = await self._store.head()
                moved = [fault.place.path for fault in error.faults]
                raise StaleRevisionError(delta.based_on, head.revision, moved) from error
            if applied.revision is not None:
                written.append(applied.revision.number)
        return written

    async def _planned(self, target: UndoTarget) -> UndoPlan:
        head = await self._store.head()
        question = (target.name, head.revision, head.hash)
        # Whoever looks at a plan page by page asks the same again and again.
        if self._last_planned is not None and self._last_planned[0] == question:
            return self._last_planned[1]
        if goes_piece_by_piece(target):
            plan = await large_plan(self._store, target, head.revision)
        else:
            found, _ = await self._undone(target, self._clock())
            plan = await self._shown(target, found, [*conflicts_of(found)], head.revision)
        self._last_planned = (question, plan)
        return plan

    async def _shown(
        self, target: UndoTarget, found: Undone, conflicts: Sequence[UndoConflict], base: int
    ) -> UndoPlan:
        return UndoPlan(
            revisions=tuple(each.number for each in reversed(target.revisions)),
            run=target.run.id if target.run else "",
            base_revision=base,
            changes=shown_changes(found),
            conflicts=await with_authors(self._store, conflicts, target.revisions[-1].number),
        )


def _deltas(
    target: UndoTarget,
    changes: Sequence[Change],
    removed: Sequence[tuple[str, str]],
    cover: Cover,
    *,
    is_last: bool = True,
) -> list[GraphDelta]:
    run = target.run
    if run is None:
        return deltas_of(changes, cover, removed_records=removed) if changes else []
    if not changes and (run.state is RunState.REVERTED or not is_last):
        return []
    deltas = deltas_of(changes, cover, removed_records=removed)
    deltas = deltas or [GraphDelta(based_on=cover.based_on, actor=cover.actor)]
    last = len(deltas) - 1
    return [
        replace(each, records=(*each.records, _as_far_as(run, ends=is_last and index == last)))
        for index, each in enumerate(deltas)
    ]


def _as_far_as(run: ImportRun, *, ends: bool) -> Record:
    return run_record(replace(run, state=RunState.REVERTED if ends else RunState.REVERTING))


def _any_subject(delta: GraphDelta) -> str:
    if delta.relationships:
        return delta.relationships[0].id
    return str(delta.claims[0].subject)


def _check(order: UndoOrder) -> None:
    misfit = reason_misfit(order.reason)
    if misfit or not order.reason.strip():
        message = f"the reason {misfit.message}" if misfit else "undoing needs a reason"
        remedy = misfit.remedy if misfit else "say why; it stands in the log"
        place = Place("input", "reason")
        raise InvalidInputError(
            [Fault(code="NO_REASON", message=message, place=place, remedy=remedy)]
        )
