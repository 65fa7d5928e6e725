"""What data sources say → the estate: plan it, show it, keep it, apply it."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import islice

from graph_service.model.claim import MANUAL
from graph_service.model.delta import GraphDelta
from graph_service.model.errors import (
    Fault,
    InvalidInputError,
    NotFoundError,
)
from graph_service.model.ids import IdGenerator, new_id
from graph_service.model.observation import Collector, Reading
from graph_service.model.observation import Progress as Counted
from graph_service.model.place import Place
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.deferred import UNRESOLVED, unresolved_reference
from graph_service.reconcile.garbage import many_values_that_stay, they_stay
from graph_service.reconcile.ground import all_records, ground
from graph_service.reconcile.import_planning import PlanRequest, Progress, plan_import
from graph_service.reconcile.listening import Listening
from graph_service.reconcile.plan_codec import (
    PLAN,
    PLAN_PART,
    plan_from_records,
    plan_records,
)
from graph_service.reconcile.quarantine import QUARANTINED, located, quarantined_record
from graph_service.reconcile.texts import Misfit, name_or_misfit
from graph_service.store import GraphStore
from graph_service.use_cases.intake.import_plan import (
    ImportPlan,
    ImportResult,
    QuarantinedRecord,
    UnresolvedReference,
)
from graph_service.use_cases.intake.import_run import (
    RUN,
    ImportRun,
    RunState,
    run_from_record,
    run_record,
)
from graph_service.use_cases.intake.plan_application import PlanApplication

EVENTS_AT_ONCE = 2_000
PARTS_AT_ONCE = 20


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
        progress: Progress | None = None,
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
        self, reading: Reading, collector: Collector, actor: Actor, report: Progress
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
        progress: Progress | None = None,
    ) -> ImportResult:
        """Write a plan, one revision a delta, and release the brakes that are approved.

        ``approvals`` say why, by the brake's id. What other brakes hold stays in the plan, which
        is then kept. A plan that was applied in part goes on where it stopped; one that was
        applied does nothing.

        Raises:
            StaleRevisionError: Others changed what it touches since it was planned; plan again.
            InvalidInputError: An approval names no brake of this plan, or gives no reason.

        """
        application = PlanApplication(self._store, self._clock, plan, actor, dict(approvals or {}))
        # A plan is large, and stays whole until its last delta is written.
        with many_values_that_stay():
            return await application.apply(progress or _unheard)

    async def runs(self, limit: int = 20, after: str = "") -> list[ImportRun]:
        """Return the newest runs, newest first; those before the one of the id ``after``."""
        records = await self._store.records(RUN, after=after, limit=limit, newest_first=True)
        return [run_from_record(each) for each in records]

    async def run_count(self) -> int:
        """Return how many runs there ever were."""
        return await self._store.record_count(RUN)

    async def run(self, run_id: str) -> ImportRun:
        """Return one run.

        Raises:
            NotFoundError: There is none of this id.

        """
        record = await self._store.record(RUN, run_id)
        if record is None:
            raise NotFoundError("run", run_id)
        return run_from_record(record)

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


async def _listen(listening: Listening, reading: Reading, report: Progress) -> None:
    """Drain a reading off the event loop, some events at a time."""
    heard = 0
    counted: Counted | None = None

    def some() -> int:
        nonlocal counted
        events = [*islice(reading.events, EVENTS_AT_ONCE)]
        for each in events:
            if isinstance(each, Counted):
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


def _actor_of(plan: ImportPlan) -> Actor:
    deltas = [*plan.deltas, *plan.held]
    return deltas[0].actor if deltas else Actor(plan.collector, plan.collector)


def _unheard(phase: str, done: int, total: int | None) -> None:
    """Progress to nobody."""
