"""What data sources say → the estate: plan it, show it, keep it, apply it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from graph_service.model.claim import MANUAL
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.errors import (
    Fault,
    GraphServiceError,
    InvalidInputError,
    NotFoundError,
    StaleRevisionError,
)
from graph_service.model.ids import IdGenerator, new_id
from graph_service.model.instants import instant_text
from graph_service.model.observation import Collector, Progress, Reading
from graph_service.model.place import Place
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.deferred import UNRESOLVED, unresolved_reference
from graph_service.reconcile.garbage import many_values_that_stay, they_stay
from graph_service.reconcile.ground import all_records, ground
from graph_service.reconcile.import_planning import PlanRequest, plan_import
from graph_service.reconcile.listening import Listening
from graph_service.reconcile.plan_codec import (
    PLAN,
    PLAN_PART,
    plan_from_records,
    plan_head,
    plan_records,
)
from graph_service.reconcile.quarantine import QUARANTINED, located, quarantined_record
from graph_service.reconcile.texts import Misfit, name_or_misfit
from graph_service.store import GraphStore
from graph_service.use_cases.import_plan import (
    Brake,
    ImportPlan,
    ImportResult,
    PlanState,
    QuarantinedRecord,
    UnresolvedReference,
)
from graph_service.use_cases.import_run import RUN, ImportRun, RunState, run_from_record, run_record

EVENTS_AT_ONCE = 2_000
PARTS_AT_ONCE = 20
ATTEMPTS_MAX = 3

Report = Callable[[str, int, int | None], None]
"""Told (phase, done, total); the total is ``None`` while it is not known."""

_OUTDATED = frozenset({"KEY_TAKEN", "DANGLING", "KEY_CHANGED"})
"""Refusals that a plan only meets when somebody else wrote in between."""


class Intake:
    """Plans imports, keeps plans, and applies them revision by revision."""

    def __init__(
        self,
        store: GraphStore,
        vocabulary: Vocabulary,
        *,
        clock: Callable[[], datetime],
        new_id: IdGenerator = new_id,
    ) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._clock = clock
        self._new_id = new_id

    async def plan(
        self,
        reading: Reading,
        *,
        collector: Collector,
        actor: Actor,
        progress: Report | None = None,
    ) -> ImportPlan:
        """Return everything that a reading would do to the estate; write nothing.

        The reading is consumed, off the event loop.

        Raises:
            InvalidInputError: A strict reading has faults; lists all of them with their places.

        """
        _check_data_source(reading)
        with many_values_that_stay():
            return await self._plan(reading, collector, actor, progress or _unheard)

    async def _plan(
        self, reading: Reading, collector: Collector, actor: Actor, report: Report
    ) -> ImportPlan:
        run = self._new_id("run")
        before = await ground(self._store, reading.data_source)
        listening = Listening(reading, before.index, self._vocabulary, run)
        await _listen(listening, reading, report)
        if reading.strict and listening.quarantined:
            faults = [fault for fault, _ in listening.quarantined]
            raise InvalidInputError(await asyncio.to_thread(located, faults, collector))
        request = PlanRequest(
            reading=reading,
            collector=collector,
            actor=actor,
            run=run,
            plan=self._new_id("pln"),
            at=self._clock(),
            new_id=self._new_id,
        )
        return await plan_import(self._store, self._vocabulary, before, listening, request, report)

    async def keep(self, plan: ImportPlan) -> None:
        """Keep a plan, so that it can be applied later and by somebody else."""
        head = await self._store.head()
        actor = _actor_of(plan)
        records = await asyncio.to_thread(lambda: [*plan_records(plan)])
        records.append(run_record(ImportRun.of(plan, RunState.PLANNED)))
        for start in range(0, len(records), PARTS_AT_ONCE):
            some = tuple(records[start : start + PARTS_AT_ONCE])
            await self._store.apply(GraphDelta(based_on=head.revision, actor=actor, records=some))

    async def kept(self, plan_id: str) -> ImportPlan:
        """Return a plan that was kept.

        Raises:
            NotFoundError: There is none of this id.

        """
        head = await self._store.record(PLAN, plan_id)
        if head is None:
            raise NotFoundError("plan", plan_id)
        parts = await all_records(self._store, PLAN_PART, plan_id)
        return await asyncio.to_thread(plan_from_records, head, parts.values())

    async def apply(
        self,
        plan: ImportPlan,
        *,
        actor: Actor,
        approvals: Mapping[str, str] | None = None,
        progress: Report | None = None,
    ) -> ImportResult:
        """Write a plan, one revision a delta, and release the brakes that are approved.

        ``approvals`` say why, by the brake's id. What other brakes hold stays in the plan, which
        is then kept. A plan that was applied in part goes on where it stopped; one that was
        applied does nothing.

        Raises:
            StaleRevisionError: Others changed what it touches since it was planned; plan again.
            InvalidInputError: An approval names no brake of this plan, or gives no reason.

        """
        reasons = dict(approvals or {})
        _check_approvals(plan, reasons)
        if plan.state is PlanState.APPLIED:
            return _result(plan, (), held=())
        before = await self._run_so_far(plan)
        run = before
        try:
            run = await self._apply_deltas(plan, before, actor, reasons, progress or _unheard)
        except (GraphServiceError, asyncio.CancelledError) as error:
            await asyncio.shield(self._note_end(run, actor, error))
            raise
        held = [each for each in plan.brakes if not _is_released(plan, each, reasons)]
        await self._finish(plan, run, actor, held, reasons)
        return _result(plan, run.revisions[len(before.revisions) :], held)

    async def take_in(
        self,
        read: Callable[[], Reading],
        *,
        collector: Collector,
        actor: Actor,
        progress: Report | None = None,
    ) -> ImportResult:
        """Plan and apply in one go; read and plan again when others were faster.

        Raises:
            StaleRevisionError: Others were faster three times in a row.
            InvalidInputError: A strict reading has faults.

        """
        for attempt in range(1, ATTEMPTS_MAX + 1):
            plan = await self.plan(read(), collector=collector, actor=actor, progress=progress)
            try:
                return await self.apply(plan, actor=actor, progress=progress)
            except StaleRevisionError:
                if attempt == ATTEMPTS_MAX:
                    raise
        raise AssertionError  # the last attempt returns or raises

    async def runs(self, limit: int = 20) -> list[ImportRun]:
        """Return the newest runs, newest first."""
        records = await all_records(self._store, RUN)
        return [run_from_record(each) for each in [*records.values()][: -limit - 1 : -1]]

    async def unresolved(
        self, data_source: str | None = None, after: str = "", limit: int = 100
    ) -> list[UnresolvedReference]:
        """Return references that nothing answers, by id, those after the given one."""
        found = await self._store.records(UNRESOLVED, group=data_source, after=after, limit=limit)
        return [unresolved_reference(each) for each in found]

    async def quarantined(
        self, data_source: str | None = None, after: str = "", limit: int = 100
    ) -> list[QuarantinedRecord]:
        """Return records that could not be taken in, by id, those after the given one."""
        found = await self._store.records(QUARANTINED, group=data_source, after=after, limit=limit)
        return [quarantined_record(each) for each in found]

    async def _run_so_far(self, plan: ImportPlan) -> ImportRun:
        """Return the run of a plan, with what an earlier attempt at applying it came to."""
        record = await self._store.record(RUN, plan.run)
        if record is None:
            return replace(
                ImportRun.of(plan, RunState.APPLYING), started_at=instant_text(self._clock())
            )
        run = run_from_record(record)
        if not run.applied:
            return replace(run, state=RunState.APPLYING)
        written: list[int] = []
        after = plan.base_revision
        while page := await self._store.revisions(after=after, limit=1_000):
            written += (each.number for each in page if each.run == plan.run)
            after = page[-1].number
        return replace(run, state=RunState.APPLYING, revisions=tuple(written))

    async def _apply_deltas(
        self,
        plan: ImportPlan,
        run: ImportRun,
        actor: Actor,
        reasons: Mapping[str, str],
        report: Report,
    ) -> ImportRun:
        work = [*plan.deltas, *_released(plan, reasons)]
        total = len(work)
        report("applying", run.applied, total)
        for index in range(run.applied, total):
            ahead = replace(run, applied=index + 1, delta_count=total)
            delta = replace(
                work[index],
                actor=actor,
                own_revisions=work[index].own_revisions | frozenset(run.revisions),
                records=(*work[index].records, run_record(ahead)),
            )
            applied = await self._apply_one(delta)
            run = ahead if applied is None else replace(ahead, revisions=(*run.revisions, applied))
            report("applying", index + 1, total)
        return run

    async def _apply_one(self, delta: GraphDelta) -> int | None:
        try:
            applied = await self._store.apply(delta)
        except InvalidInputError as error:
            if not {each.code for each in error.faults} <= _OUTDATED:
                raise
            head = await self._store.head()
            moved = [f"{each.place.path} ({each.message})" for each in error.faults]
            raise StaleRevisionError(delta.based_on, head.revision, moved) from error
        return applied.revision.number if applied.revision else None

    async def _finish(
        self,
        plan: ImportPlan,
        run: ImportRun,
        actor: Actor,
        held: Sequence[Brake],
        reasons: Mapping[str, str],
    ) -> None:
        """Write how the run ended; what brakes hold is kept, the rest of the plan is not."""
        state = (
            RunState.HELD if held else RunState.DONE if plan.read_to_the_end else RunState.PARTIAL
        )
        ended = replace(run, state=state, ended_at=instant_text(self._clock()))
        records: list[Record] = []
        removed: list[tuple[str, str]] = []
        parts = await all_records(self._store, PLAN_PART, plan.id)
        if held:
            waiting = _waiting(plan, run, reasons, held)
            records += plan_records(waiting)
            ended = replace(ended, applied=0)
        elif parts or await self._store.record(PLAN, plan.id):
            records.append(plan_head(replace(plan, state=PlanState.APPLIED), 0))
        kept = {each.id for each in records}
        removed = [(PLAN_PART, each) for each in parts if each not in kept]
        await self._store.apply(
            GraphDelta(
                based_on=plan.base_revision,
                actor=actor,
                records=(*records, run_record(ended)),
                removed_records=tuple(removed),
            )
        )

    async def _note_end(self, run: ImportRun, actor: Actor, error: BaseException) -> None:
        """Write that a run stopped before its end, if the store still takes it."""
        is_failure = isinstance(error, GraphServiceError)
        record = await self._store.record(RUN, run.id)
        known = run_from_record(record) if record else run
        ended = replace(
            known,
            state=RunState.FAILED if is_failure else RunState.INTERRUPTED,
            ended_at=instant_text(self._clock()),
            error=str(error)[:1_000] if is_failure else "interrupted",
        )
        try:
            await self._store.apply(
                GraphDelta(based_on=0, actor=actor, records=(run_record(ended),))
            )
        except GraphServiceError:
            return  # the store that failed the run may fail its note as well


async def _listen(listening: Listening, reading: Reading, report: Report) -> None:
    """Drain a reading off the event loop, some events at a time."""
    heard = 0
    counted: Progress | None = None

    def some() -> int:
        nonlocal counted
        events = [*islice(reading.events, EVENTS_AT_ONCE)]
        for each in events:
            if isinstance(each, Progress):
                counted = each
            else:
                listening.hear(each)
        they_stay()
        return len(events)

    while count := await asyncio.to_thread(some):
        heard += count
        if counted is None:
            report("reading", heard, None)
        else:
            report("reading", counted.done, counted.total)


def _check_data_source(reading: Reading) -> None:
    name = name_or_misfit(reading.data_source)
    if isinstance(name, Misfit):
        message, remedy = f"the name of the data source {name.message}", name.remedy
    elif reading.data_source.casefold() == MANUAL:
        message, remedy = f"{MANUAL} is what people state by hand", "name the data source otherwise"
    elif name != reading.data_source:
        message, remedy = "the name of the data source has blanks around it", f"call it {name!r}"
    else:
        return
    place = Place(reading.collector, "data_source")
    raise InvalidInputError(
        [Fault(code="INVALID_DATA_SOURCE", message=message, place=place, remedy=remedy)]
    )


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
        deltas=(),
        held=[delta for delta, _ in left],
        held_by=[brakes for _, brakes in left],
    )


def _result(plan: ImportPlan, revisions: tuple[int, ...], held: Sequence[Brake]) -> ImportResult:
    return ImportResult(
        run=plan.run,
        plan=plan.id,
        data_source=plan.data_source,
        revisions=revisions,
        cis=plan.cis,
        relationships=plan.relationships,
        unresolved=plan.unresolved,
        quarantined=plan.quarantined,
        held=held,
        findings=plan.findings,
        read_to_the_end=plan.read_to_the_end,
    )


def _actor_of(plan: ImportPlan) -> Actor:
    deltas = [*plan.deltas, *plan.held]
    return deltas[0].actor if deltas else Actor(plan.collector, plan.collector)


def _unheard(phase: str, done: int, total: int | None) -> None:
    """Report to nobody."""
