"""One change of all CIs that meet a filter: planned, then applied as one revision."""

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Needs
from graph_service.api.errors import not_found, problem, validation_failed
from graph_service.api.fields import field, mutation
from graph_service.api.filters import said, settled
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.api.types.bulk_edit import (
    ApplyBulkEditInput,
    ApplyBulkEditResult,
    BulkEditPlan,
    BulkEditPlanned,
    PlanBulkEditInput,
    PlanBulkEditResult,
    bulk_edit_plan,
    to_change,
)
from graph_service.api.types.problems import NotFound, StaleRevision, ValidationFailed
from graph_service.api.written import estate_written, nothing_written
from graph_service.model.errors import GraphServiceError, InvalidInputError, NotFoundError


@strawberry.type
class BulkEditQueries:
    """Reading plans of bulk edits."""

    @field(description="Null: there is none of this id.")
    async def bulk_edit_plan(self, info: Info, id: strawberry.ID) -> BulkEditPlan | None:  # noqa: A002 - the contract's word
        """Look one plan up."""
        try:
            return bulk_edit_plan(await info.context.services.bulk_editing.kept(id))
        except NotFoundError:
            return None


@strawberry.type
class BulkEditMutations:
    """Changing many CIs at once."""

    @mutation(
        description="Say what one change of all CIs that meet a filter would do, row by row, and "
        "keep the plan.",
        directives=[Needs(roles=[*MUTATION_ROLES["planBulkEdit"]])],
    )
    async def plan_bulk_edit(self, info: Info, input: PlanBulkEditInput) -> PlanBulkEditResult:  # noqa: A002 - the contract's word
        """Plan a change."""
        context = info.context
        try:
            where = await settled(info, said(input.filter))
            plan = await context.services.bulk_editing.plan(
                where, to_change(input.change), actor=context.viewer.actor
            )
        except InvalidInputError as error:
            return validation_failed(error)
        return BulkEditPlanned(**await nothing_written(context), plan=bulk_edit_plan(plan))

    @mutation(
        description="Do what a plan says, as one revision. Refused if a CI of it changed since.",
        directives=[Needs(roles=[*MUTATION_ROLES["applyBulkEdit"]])],
    )
    async def apply_bulk_edit(self, info: Info, input: ApplyBulkEditInput) -> ApplyBulkEditResult:  # noqa: A002 - the contract's word
        """Apply a plan."""
        context = info.context
        try:
            result = await context.services.bulk_editing.apply(
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
