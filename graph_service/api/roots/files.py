"""Files that come back: planned cell by cell, then applied as one revision."""

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Needs
from graph_service.api.documents import document_content
from graph_service.api.errors import not_found, problem, validation_failed
from graph_service.api.fields import field, mutation
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.api.types.problems import NotFound, StaleRevision, ValidationFailed
from graph_service.api.types.workbook import (
    ApplyWorkbookInput,
    ApplyWorkbookResult,
    PlanWorkbookInput,
    PlanWorkbookResult,
    WorkbookPlan,
    WorkbookPlanned,
    workbook_plan,
)
from graph_service.api.written import estate_written, nothing_written
from graph_service.model.errors import (
    GraphServiceError,
    InvalidInputError,
    NotFoundError,
)


@strawberry.type
class FileQueries:
    """Reading plans of files that came back."""

    @field(description="Null: there is none of this id.")
    async def workbook_plan(self, info: Info, id: strawberry.ID) -> WorkbookPlan | None:  # noqa: A002 - the contract's word
        """Look one plan up."""
        try:
            return workbook_plan(await info.context.services.workbooks.kept(id))
        except NotFoundError:
            return None


@strawberry.type
class FileMutations:
    """Taking files back."""

    @mutation(
        description="Say what a list that was exported, edited and sent back would change, cell by "
        "cell, and keep the plan.",
        directives=[Needs(roles=[*MUTATION_ROLES["planWorkbook"]])],
    )
    async def plan_workbook(self, info: Info, input: PlanWorkbookInput) -> PlanWorkbookResult:  # noqa: A002 - the contract's word
        """Plan a file."""
        context = info.context
        try:
            content = await document_content(context, input.document.content, "document.content")
            plan = await context.services.workbooks.plan(
                content,
                input.document.name,
                {each.cell: each.choice for each in input.choices or ()},
                actor=context.viewer.actor,
            )
        except InvalidInputError as error:
            return validation_failed(error)
        return WorkbookPlanned(**await nothing_written(context), plan=workbook_plan(plan))

    @mutation(
        description="Do what a plan says, as one revision. Refused while cells are in conflict.",
        directives=[Needs(roles=[*MUTATION_ROLES["applyWorkbook"]])],
    )
    async def apply_workbook(self, info: Info, input: ApplyWorkbookInput) -> ApplyWorkbookResult:  # noqa: A002 - the contract's word
        """Apply a plan."""
        context = info.context
        try:
            result = await context.services.workbooks.apply(
                input.plan, actor=context.viewer.actor, reason=input.reason
            )
        except NotFoundError as error:
            return not_found(error)
        except GraphServiceError as error:
            refusal = problem(error)
            if isinstance(refusal, NotFound | StaleRevision | ValidationFailed):
                return refusal
            raise
        return estate_written(result)
