"""Import plans and runs: how facts come in."""

from dataclasses import replace

import strawberry

from graph_service.api.context import Info, RequestContext
from graph_service.api.directives import Needs
from graph_service.api.documents import collector_called, document_content, opened
from graph_service.api.errors import not_found, plan_outdated, validation_failed
from graph_service.api.fields import field, mutation
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.api.scalars import RevisionNumber
from graph_service.api.types.connection import Connection, checked_first, page_info
from graph_service.api.types.discovery import (
    Counts,
    Plan,
    Run,
    TrippedBrake,
    plan,
    run,
)
from graph_service.api.types.problems import (
    ProblemCode,
    WriteWarning,
)
from graph_service.api.types.writing import (
    ApplyPlanInput,
    ApplyPlanResult,
    HeldByBrakes,
    ImportPlanned,
    PlanImportInput,
    PlanImportResult,
    PlanWritten,
)
from graph_service.api.written import nothing_written
from graph_service.model.errors import (
    InvalidInputError,
    NotFoundError,
    StaleRevisionError,
)
from graph_service.model.observation import Collector, Reading, ReadingRequest
from graph_service.use_cases.intake.import_plan import ImportPlan, ImportResult, PlanState


@strawberry.type
class DiscoveryQueries:
    """Reading plans and runs."""

    @field(description="An import plan that was kept. Null: there is none of this id.")
    async def plan(self, info: Info, id: strawberry.ID) -> Plan | None:  # noqa: A002 - the contract's word
        """Look one plan up."""
        try:
            return plan(await info.context.services.intake.kept(id))
        except NotFoundError:
            return None

    @field(description="Null: there is none of this id.")
    async def run(self, info: Info, id: strawberry.ID) -> Run | None:  # noqa: A002 - the contract's word
        """Look one import run up."""
        try:
            return run(await info.context.services.intake.run(id))
        except NotFoundError:
            return None

    @field()
    async def runs(self, info: Info, first: int = 20, after: str | None = None) -> Connection[Run]:
        """List import runs, newest first."""
        context = info.context
        intake = context.services.intake
        first = checked_first(first, context.options.limits.page_size)
        last = context.cursors.read("runs", after)[0] if after else ""
        found = await intake.runs(first + 1, last)
        page = found[:first]

        def cursor_at(index: int) -> str:
            return context.cursors.write("runs", [page[index].id])

        return Connection(
            nodes=[run(each) for each in page],
            page_info=page_info(
                page, cursor_at, has_next=len(found) > first, has_previous=bool(after)
            ),
            cursor_at=cursor_at,
            count=intake.run_count,
        )


@strawberry.type
class DiscoveryMutations:
    """Planning and applying imports."""

    @mutation(
        description="Say what an import would do, and keep the plan.",
        directives=[Needs(roles=[*MUTATION_ROLES["planImport"]])],
    )
    async def plan_import(self, info: Info, input: PlanImportInput) -> PlanImportResult:  # noqa: A002 - the contract's word
        """Plan an import."""
        context = info.context
        try:
            collector = collector_called(context, input.collector)
            readings = await opened(collector, await _request(context, input))
            plans = [await _planned(context, collector, each) for each in readings]
        except InvalidInputError as error:
            return validation_failed(error)
        return ImportPlanned(**await nothing_written(context), plans=plans)

    @mutation(
        description="Do what a plan says. What a brake holds waits for an approval with a reason.",
        directives=[Needs(roles=[*MUTATION_ROLES["applyPlan"]])],
    )
    async def apply_plan(self, info: Info, input: ApplyPlanInput) -> ApplyPlanResult:  # noqa: A002 - the contract's word
        """Apply a plan."""
        intake = info.context.services.intake
        approvals = {str(each.brake): each.reason for each in input.approvals or ()}
        try:
            found = await intake.kept(input.plan)
            result = await intake.apply(found, actor=info.context.viewer.actor, approvals=approvals)
        except StaleRevisionError as error:
            return plan_outdated(error)
        except NotFoundError as error:
            return not_found(error)
        except InvalidInputError as error:
            return validation_failed(error)
        return await _applied(info.context, found, result)


async def _request(context: RequestContext, given: PlanImportInput) -> ReadingRequest:
    documents = []
    for index, each in enumerate(given.documents):
        content = await document_content(context, each.content, f"documents[{index}].content")
        documents.append((each.name, content))
    return ReadingRequest(
        documents=documents,
        data_source=given.data_source or "",
        complete=given.complete,
        options={each.name: each.value for each in given.options or ()},
    )


async def _planned(context: RequestContext, collector: Collector, reading: Reading) -> Plan:
    intake = context.services.intake
    found = await intake.plan(reading, collector=collector, actor=context.viewer.actor)
    await intake.keep(found)
    return plan(found)


async def _applied(
    context: RequestContext, found: ImportPlan, result: ImportResult
) -> PlanWritten | HeldByBrakes:
    revisions = [RevisionNumber(each) for each in result.revisions]
    cis, relationships = Counts.of(result.cis), Counts.of(result.relationships)
    if result.held:
        return HeldByBrakes(
            code=ProblemCode.HELD_BY_BRAKES,
            message="; ".join(each.message for each in result.held),
            hint="send applyPlan again with an approval and a reason for each brake",
            plan=plan(replace(found, state=PlanState.HELD)),
            brakes=[TrippedBrake.of(each) for each in result.held],
            revisions=revisions,
            cis=cis,
            relationships=relationships,
            people=Counts.of(result.people),
        )
    head = await context.services.store.head()
    return PlanWritten(
        revision=max(revisions, default=RevisionNumber(head.revision)),
        changed=bool(revisions),
        replayed=False,
        warnings=[
            WriteWarning(code=each.code, message=each.message, subject=each.subject or None)
            for each in result.findings
        ],
        plan=plan(replace(found, state=PlanState.APPLIED)),
        revisions=revisions,
        cis=cis,
        relationships=relationships,
        people=Counts.of(result.people),
    )
