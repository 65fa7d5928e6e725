"""Answers from a store on this machine, without a running service."""

import getpass
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from typing_extensions import override

from graph_service.bootstrap import collectors
from graph_service.cli import ci_shapes, shapes
from graph_service.cli.answers import Answers, ImportRequest, Progress
from graph_service.cli.in_turn import Planned, in_turn
from graph_service.cli.people.named_people import ids_in
from graph_service.cli.shapes import Shape
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.impact_state import ImpactState
from graph_service.model.observation import Collector, Reading, ReadingRequest
from graph_service.model.place import Place
from graph_service.model.revision import Actor, LogEntry, RecordType
from graph_service.reconcile.completeness import completeness
from graph_service.use_cases.intake.import_plan import ImportPlan
from graph_service.use_cases.inventory.freshness import freshness
from graph_service.use_cases.inventory.references import CIRef
from graph_service.use_cases.product import Product

PAGE = 500


def person() -> Actor:
    """Return whoever is signed in to this machine."""
    name = getpass.getuser()
    return Actor(f"user:{name}", name)


class StoreAnswers(Answers):
    """Asks the use cases directly."""

    def __init__(self, product: Product) -> None:
        self._product = product

    @override
    async def impact(
        self,
        of: Sequence[str],
        *,
        state: ImpactState,
        duration_minutes: float | None,
        max_hops: int | None,
        rows_max: int | None = None,
    ) -> Shape:
        answer = await self._product.questions.impact(
            [(CIRef(text=each), state) for each in of],
            duration_minutes=duration_minutes,
            max_hops=max_hops,
        )
        return shapes.impact(answer, rows_max)

    @override
    async def ci(self, text: str) -> Shape:
        inventory = self._product.inventory
        found = await inventory.ci(CIRef(text=text))
        attributes = await inventory.attributes([found])
        outwards, inwards = await inventory.neighbours(found)
        history = await self._history(await inventory.history(found.id))
        page = ci_shapes.ci_page(
            found, attributes[found.id], outwards, inwards, history, self._product.now()
        )
        product = self._product
        page["freshness"] = ci_shapes.freshness(
            await freshness(
                product.store,
                product.vocabulary,
                found,
                datetime.fromisoformat(product.now()),
            )
        )
        page["completeness"] = ci_shapes.record_completeness(
            completeness(product.vocabulary, found.class_name, found.attributes)
        )
        page["people"] = await self._product.who_is_who.names_of(ids_in(page["attributes"]))
        return page

    async def _history(self, entries: Sequence[LogEntry]) -> list[Shape]:
        inventory = self._product.inventory
        numbers = {each.revision for each in entries}
        revisions = {number: await inventory.revision(number) for number in numbers}
        ends = {
            each.after[end]
            for each in entries
            if each.record_type is RecordType.RELATIONSHIP
            for end in ("source", "target")
        }
        keys = {id_: ci.key for id_, ci in (await inventory.cis_by_id(ends)).items()}
        return [shapes.entry(each, revisions[each.revision], keys) for each in entries]

    @override
    async def keys_like(self, text: str) -> list[str]:
        return await self._product.inventory.keys_like(text)

    @override
    async def unresolved(self, data_source: str | None) -> list[Shape]:
        answer: list[Shape] = []
        after = ""
        while page := await self._product.intake.unresolved(data_source, after, PAGE):
            answer += [shapes.unresolved(each) for each in page]
            after = page[-1].id
        return answer

    @override
    async def revisions(self, limit: int) -> list[Shape]:
        found = await self._product.inventory.revisions(limit=limit, newest_first=True)
        return [shapes.revision(each) for each in found]

    @override
    async def plan(self, request: ImportRequest, progress: Progress) -> list[Shape]:
        plans = []
        collector = collector_called(request.collector)
        for reading in readings(collector, request):
            plan = await self._planned(reading, collector, progress)
            await self._product.intake.keep(plan)
            plans.append(shapes.plan(plan))
        return plans

    @override
    async def apply(self, plan_id: str, approvals: Mapping[str, str], progress: Progress) -> Shape:
        plan = await self._product.intake.kept(plan_id)
        result = await self._product.intake.apply(
            plan, actor=person(), approvals=approvals, progress=progress
        )
        return shapes.result(result)

    @override
    async def imports(
        self, request: ImportRequest, progress: Progress, shown: Callable[[Shape], None]
    ) -> list[Shape]:
        collector = collector_called(request.collector)

        async def planned(start: int, stop: int | None) -> list[Planned]:
            plans = [
                await self._planned(each, collector, progress)
                for each in readings(collector, request)[start:stop]
            ]
            return [Planned(shapes.plan(each), partial(apply, each)) for each in plans]

        async def apply(plan: ImportPlan) -> Shape:
            done = await self._product.intake.apply(plan, actor=person(), progress=progress)
            return shapes.result(done)

        return await in_turn(planned, shown)

    async def _planned(
        self, reading: Reading, collector: Collector, progress: Progress
    ) -> ImportPlan:
        return await self._product.intake.plan(
            reading, collector=collector, actor=person(), progress=progress
        )


def readings(collector: Collector, request: ImportRequest) -> Sequence[Reading]:
    """Open what is to be imported."""
    return collector.readings(
        ReadingRequest(
            paths=request.paths,
            data_source=request.data_source,
            complete=request.complete,
            options=request.options,
        )
    )


def collector_called(name: str) -> Collector:
    """Return a collector by the word typed for it.

    Raises:
        InvalidInputError: There is none, or it is broken; says which there are.

    """
    working, broken = collectors()
    if name in working:
        return working[name]
    if name in broken:
        message, remedy = f"the collector {name} does not load: {broken[name]}", "install it anew"
    else:
        message = f"there is no collector {name!r}"
        remedy = f"there are: {', '.join(working)}"
    raise InvalidInputError(
        [Fault(code="UNKNOWN_COLLECTOR", message=message, place=Place("import"), remedy=remedy)]
    )
