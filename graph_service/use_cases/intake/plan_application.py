"""Applying an import plan: delta by delta, what brakes hold only for a reason, resumable."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from graph_service.model.ci import CI, Presence
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.errors import (
    Fault,
    GraphServiceError,
    InvalidInputError,
    StaleRevisionError,
)
from graph_service.model.instants import instant_text
from graph_service.model.place import Place
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Actor
from graph_service.reconcile.directory import PERSON, guarded
from graph_service.reconcile.ground import all_records
from graph_service.reconcile.import_planning import Progress
from graph_service.reconcile.plan_codec import PLAN, PLAN_PART, plan_head, plan_records
from graph_service.store import GraphStore
from graph_service.use_cases.intake.import_plan import (
    Brake,
    Counts,
    ImportPlan,
    ImportResult,
    PlanState,
)
from graph_service.use_cases.intake.import_run import (
    RUN,
    ImportRun,
    RunState,
    run_from_record,
    run_record,
)

_OUTDATED = frozenset({"KEY_TAKEN", "DANGLING", "KEY_CHANGED"})
"""Refusals that a plan only meets when somebody else wrote in between."""


_ENDED = frozenset({RunState.HELD, RunState.DONE, RunState.PARTIAL})
"""States in which the record of a run has all its revisions."""


class PlanApplication:
    """Writes one plan for one actor, for the reasons given to release its brakes."""

    def __init__(
        self,
        store: GraphStore,
        clock: Callable[[], datetime],
        plan: ImportPlan,
        actor: Actor,
        reasons: Mapping[str, str],
    ) -> None:
        self._store = store
        self._clock = clock
        self._plan = plan
        self._actor = actor
        self._reasons = reasons
        self._applied = 0

    async def apply(self, report: Progress) -> ImportResult:
        """Write what is left of the plan; see ``Intake.apply``."""
        plan = self._plan
        _check_approvals(plan, self._reasons)
        if plan.state is PlanState.APPLIED:
            return _result(plan, (), [], held=())
        before = await self._run_so_far()
        run = before
        try:
            run = await self._apply_deltas(before, report)
        except (GraphServiceError, asyncio.CancelledError) as error:
            await asyncio.shield(self._note_end(run, error))
            raise
        held = [each for each in plan.brakes if not _is_released(plan, each, self._reasons)]
        await self._finish(run, held)
        released = _released(plan, self._reasons)
        return _result(plan, run.revisions[len(before.revisions) :], released, held)

    async def _run_so_far(self) -> ImportRun:
        """Return the run of the plan, with what an earlier attempt at applying it came to."""
        plan = self._plan
        record = await self._store.record(RUN, plan.run)
        if record is None:
            return replace(
                ImportRun.of(plan, RunState.APPLYING), started_at=instant_text(self._clock())
            )
        run = run_from_record(record)
        if run.state in _ENDED:
            return replace(run, state=RunState.APPLYING)
        # The log knows best: a write may have gone through while its writer was being stopped.
        written: list[int] = []
        after = plan.base_revision
        while page := await self._store.revisions(after=after, limit=1_000):
            written += (each.number for each in page if each.run == plan.run)
            after = page[-1].number
        return replace(run, state=RunState.APPLYING, revisions=tuple(written))

    async def _apply_deltas(self, run: ImportRun, report: Progress) -> ImportRun:
        work = [*self._plan.deltas, *_released(self._plan, self._reasons)]
        total = len(work)
        self._applied = run.applied
        report("applying", run.applied, total)
        for index in range(run.applied, total):
            ahead = replace(run, applied=index + 1, delta_count=total)
            delta = replace(
                work[index],
                actor=self._actor,
                own_revisions=work[index].own_revisions | frozenset(run.revisions),
                records=(*work[index].records, run_record(ahead)),
            )
            applied = await self._apply_one(delta)
            run = ahead if applied is None else replace(ahead, revisions=(*run.revisions, applied))
            self._applied = run.applied
            report("applying", index + 1, total)
        return run

    async def _apply_one(self, delta: GraphDelta) -> int | None:
        guarded_delta = await guarded(self._store, delta)
        if guarded_delta is None:
            head = await self._store.head()
            raise StaleRevisionError(delta.based_on, head.revision, ["the directory of people"])
        try:
            applied = await self._store.apply(guarded_delta)
        except InvalidInputError as error:
            if not {each.code for each in error.faults} <= _OUTDATED:
                raise
            head = await self._store.head()
            moved = [f"{each.place.path} ({each.message})" for each in error.faults]
            raise StaleRevisionError(delta.based_on, head.revision, moved) from error
        return applied.revision.number if applied.revision else None

    async def _finish(self, run: ImportRun, held: Sequence[Brake]) -> None:
        """Write how the run ended; what brakes hold is kept, the rest of the plan is not."""
        plan = self._plan
        state = (
            RunState.HELD if held else RunState.DONE if plan.read_to_the_end else RunState.PARTIAL
        )
        ended = replace(run, state=state, ended_at=instant_text(self._clock()))
        records: list[Record] = []
        removed: list[tuple[str, str]] = []
        parts = await all_records(self._store, PLAN_PART, plan.id)
        if held:
            waiting = _waiting(plan, run, self._reasons, held)
            records += plan_records(waiting)
            ended = replace(ended, applied=0)
        elif parts or await self._store.record(PLAN, plan.id):
            records.append(plan_head(replace(plan, state=PlanState.APPLIED), 0))
        kept = {each.id for each in records}
        removed = [(PLAN_PART, each) for each in parts if each not in kept]
        await self._store.apply(
            GraphDelta(
                based_on=plan.base_revision,
                actor=self._actor,
                records=(*records, run_record(ended)),
                removed_records=tuple(removed),
            )
        )

    async def _note_end(self, run: ImportRun, error: BaseException) -> None:
        """Write that a run stopped before its end, if the store still takes it."""
        is_failure = isinstance(error, GraphServiceError)
        record = await self._store.record(RUN, run.id)
        known = run_from_record(record) if record else run
        is_overtaken = isinstance(error, StaleRevisionError) and known.applied > self._applied
        if known.state in _ENDED or is_overtaken:
            return  # somebody else applies the same plan, and will know how it ended
        ended = replace(
            known,
            state=RunState.FAILED if is_failure else RunState.INTERRUPTED,
            ended_at=instant_text(self._clock()),
            error=str(error)[:1_000] if is_failure else "interrupted",
        )
        try:
            await self._store.apply(
                GraphDelta(based_on=0, actor=self._actor, records=(run_record(ended),))
            )
        except GraphServiceError:
            return  # the store that failed the run may fail its note as well


def _check_approvals(plan: ImportPlan, reasons: Mapping[str, str]) -> None:
    known = {each.id for each in plan.brakes}
    faults = [
        Fault(
            code="UNKNOWN_BRAKE",
            message=f"plan {plan.id} has no brake {name!r}",
            place=Place("approvals", name),
            remedy=f"its brakes are {', '.join(sorted(known))}" if known else "it has none",
        )
        for name in reasons
        if name not in known
    ]
    faults += [
        Fault(
            code="NO_REASON",
            message=f"brake {name} is to be released without a reason",
            place=Place("approvals", name),
            remedy="say why what is gone may go",
        )
        for name, reason in reasons.items()
        if not reason.strip()
    ]
    if faults:
        raise InvalidInputError(faults)


def _released(plan: ImportPlan, reasons: Mapping[str, str]) -> list[GraphDelta]:
    released = []
    for delta, brakes in zip(plan.held, plan.held_by, strict=True):
        if brakes <= reasons.keys():
            why = "; ".join(f"{name}: {reasons[name]}" for name in sorted(brakes))
            released.append(replace(delta, reason=f"{delta.reason}; released {why}"))
    return released


def _is_released(plan: ImportPlan, brake: Brake, reasons: Mapping[str, str]) -> bool:
    """Whether nothing waits for a brake any more."""
    return not any(brake.id in brakes and not brakes <= reasons.keys() for brakes in plan.held_by)


def _waiting(
    plan: ImportPlan, run: ImportRun, reasons: Mapping[str, str], held: Sequence[Brake]
) -> ImportPlan:
    """Return what is left of a plan of which a part still waits for brakes."""
    left = [
        (replace(delta, own_revisions=delta.own_revisions | frozenset(run.revisions)), brakes)
        for delta, brakes in zip(plan.held, plan.held_by, strict=True)
        if not brakes <= reasons.keys()
    ]
    return replace(
        plan,
        state=PlanState.HELD,
        brakes=held,
        # What was written so far was reported then; what is left counts only what it will do.
        cis=Counts(unchanged=plan.cis.unchanged),
        relationships=Counts(unchanged=plan.relationships.unchanged),
        people=Counts(unchanged=plan.people.unchanged),
        deltas=(),
        held=[delta for delta, _ in left],
        held_by=[brakes for _, brakes in left],
    )


def _result(
    plan: ImportPlan,
    revisions: tuple[int, ...],
    released: Sequence[GraphDelta],
    held: Sequence[Brake],
) -> ImportResult:
    """Return what came of it; the plan's figures leave out what brakes held until now."""
    return ImportResult(
        run=plan.run,
        plan=plan.id,
        data_source=plan.data_source,
        revisions=revisions,
        cis=_with_retired(plan.cis, [ci for each in released for ci in each.cis]),
        relationships=_with_retired(
            plan.relationships, [one for each in released for one in each.relationships]
        ),
        people=_with_leavers(plan.people, released),
        unresolved=plan.unresolved,
        quarantined=plan.quarantined,
        held=held,
        findings=plan.findings,
        read_to_the_end=plan.read_to_the_end,
    )


def _with_retired(counts: Counts, written: Sequence[CI] | Sequence[Relationship]) -> Counts:
    retired = sum(each.presence is Presence.RETIRED for each in written)
    return replace(counts, retired=counts.retired + retired)


def _with_leavers(counts: Counts, released: Sequence[GraphDelta]) -> Counts:
    """Brakes hold nobody but leavers."""
    left = sum(each.kind == PERSON for delta in released for each in delta.records)
    return replace(counts, retired=counts.retired + left)
