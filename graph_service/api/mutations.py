"""Writing: one input, one result union; successes implement Written, the rest Problem."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import strawberry

from graph_service.api.context import Info, RequestContext
from graph_service.api.directives import Needs
from graph_service.api.documents import collector_called, file_content, opened
from graph_service.api.edits import to_edits
from graph_service.api.errors import not_found, plan_outdated, problem, validation_failed
from graph_service.api.failures import LimitExceededError
from graph_service.api.fields import mutation
from graph_service.api.inputs import UNSET, given
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.api.scalars import RevisionNumber
from graph_service.api.types.discovery import (
    Counts,
    Plan,
    TrippedBrake,
    plan,
)
from graph_service.api.types.problems import (
    ProblemCode,
    WriteWarning,
)
from graph_service.api.types.viewer import token
from graph_service.api.types.writing import (
    ApplyPlanInput,
    ApplyPlanResult,
    CreatedCI,
    CreateTokenInput,
    CreateTokenResult,
    EditEstateInput,
    EditEstateResult,
    EstateWritten,
    HeldByBrakes,
    ImportPlanned,
    PlanImportInput,
    PlanImportResult,
    PlanWritten,
    RevokeTokenInput,
    RevokeTokenResult,
    TokenCreated,
    TokenRevoked,
)
from graph_service.model.errors import (
    GraphServiceError,
    InvalidInputError,
    NotFoundError,
    StaleRevisionError,
)
from graph_service.model.observation import Collector, Reading, ReadingRequest
from graph_service.use_cases.import_plan import ImportPlan, ImportResult, PlanState


@strawberry.type(
    description="Writing. Select `... on Problem { code message hint }` in every result: new ways "
    "to fail implement it too."
)
class Mutation:
    """Writing."""

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
        return ImportPlanned(**await _nothing_written(context), plans=plans)

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

    @mutation(
        description="Apply edits, all of them or none, as one revision.",
        directives=[Needs(roles=[*MUTATION_ROLES["editEstate"]])],
    )
    async def edit_estate(self, info: Info, input: EditEstateInput) -> EditEstateResult:  # noqa: A002 - the contract's word
        """Edit the estate."""
        context = info.context
        if len(input.edits) > (most := context.options.limits.edits):
            raise LimitExceededError("edits", len(input.edits), most)
        try:
            result = await context.services.editing.edit(
                to_edits(input.edits),
                actor=context.viewer.actor,
                reason=input.reason,
                expected_revision=given(input.expected_revision),
                idempotency_key=given(input.idempotency_key),
            )
        except GraphServiceError as error:
            return problem(error)
        return EstateWritten(
            revision=RevisionNumber(result.revision),
            changed=result.changed,
            replayed=result.replayed,
            warnings=[
                WriteWarning(code="EDIT", message=each, subject=None) for each in result.warnings
            ],
            created_count=result.created,
            updated_count=result.updated,
            retired_count=result.retired,
            subjects=[strawberry.ID(each) for each in result.subjects],
            created_cis=[
                CreatedCI(id=strawberry.ID(ci_id), key=key) for ci_id, key in result.keys.items()
            ],
        )

    @mutation(
        description="Make an API token.",
        directives=[Needs(roles=[*MUTATION_ROLES["createToken"]])],
    )
    async def create_token(self, info: Info, input: CreateTokenInput) -> CreateTokenResult:  # noqa: A002 - the contract's word
        """Make a token."""
        context = info.context
        try:
            made, secret = await context.services.access.create(
                input.name,
                input.roles,
                by=context.viewer.actor,
                expires_at=datetime.fromisoformat(input.expires_at) if input.expires_at else None,
            )
        except InvalidInputError as error:
            return validation_failed(error)
        return TokenCreated(**await _nothing_written(context), token=token(made), secret=secret)

    @mutation(
        description="End an API token now.",
        directives=[Needs(roles=[*MUTATION_ROLES["revokeToken"]])],
    )
    async def revoke_token(self, info: Info, input: RevokeTokenInput) -> RevokeTokenResult:  # noqa: A002 - the contract's word
        """End a token."""
        context = info.context
        ended = await context.services.access.revoke(input.token, by=context.viewer.actor)
        if ended is None:
            return not_found(NotFoundError("token", input.token))
        return TokenRevoked(**await _nothing_written(context), token=token(ended))


async def _nothing_written(context: RequestContext) -> dict[str, Any]:
    """Return what a success says that made no revision."""
    head = await context.services.store.head()
    return {
        "revision": RevisionNumber(head.revision),
        "changed": False,
        "replayed": False,
        "warnings": [],
    }


async def _request(context: RequestContext, given: PlanImportInput) -> ReadingRequest:
    documents = []
    for index, each in enumerate(given.documents):
        path = f"documents[{index}].content.fileId"
        content = (
            each.content.text.encode()
            if each.content.text is not None and each.content.text is not UNSET
            else await file_content(context, each.content.file_id or "", path)
        )
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
    )
