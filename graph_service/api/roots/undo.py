"""Undoing revisions and import runs."""

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Cost, Needs
from graph_service.api.errors import problem
from graph_service.api.fields import field, mutation
from graph_service.api.inputs import given
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.api.scalars import RevisionNumber
from graph_service.api.types.problems import (
    AmbiguousReference,
    IdempotencyKeyReused,
    NotFound,
    ProblemCode,
    StaleRevision,
    ValidationFailed,
)
from graph_service.api.types.undo import (
    OnConflict,
    RevertRunInput,
    RevertRunResult,
    UndoConflicts,
    Undone,
    UndoPlan,
    UndoRevisionInput,
    UndoRevisionResult,
    UndoSubject,
    undo_plan,
)
from graph_service.model.errors import GraphServiceError, NotFoundError, RevisionUnknownError
from graph_service.use_cases.undoing import undo_plan as model
from graph_service.use_cases.undoing.undoing import UndoOrder


@strawberry.type
class UndoQueries:
    """What undoing would do."""

    @field(
        description="What undoing would do, and what is in the way. Null: there is no such "
        "revision or run.",
        directives=[Cost(weight=100)],
    )
    async def undo_plan(self, info: Info, of: UndoSubject) -> UndoPlan | None:
        """Plan undoing."""
        context = info.context
        context.pin.reads_store = True
        await context.pin.head()
        undoing = context.services.undoing
        try:
            if of.run:
                found = await undoing.plan_of_run(of.run)
            else:
                found = await undoing.plan(given(of.revision) or 0)
        except (RevisionUnknownError, NotFoundError):
            return None
        context.pin.saw(found.base_revision)
        return undo_plan(found)


@strawberry.type
class UndoMutations:
    """Undoing."""

    @mutation(
        description="Undo a revision: what it changed goes back, as a revision of its own. What it "
        "created is retired, what it retired comes back under the same id.",
        directives=[Needs(roles=[*MUTATION_ROLES["undoRevision"]])],
    )
    async def undo_revision(self, info: Info, input: UndoRevisionInput) -> UndoRevisionResult:  # noqa: A002 - the contract's word
        """Undo a revision."""
        order = UndoOrder(
            actor=info.context.viewer.actor,
            reason=input.reason,
            keeps_later=input.on_conflict is OnConflict.KEEP,
            expected_revision=given(input.expected_revision),
            idempotency_key=given(input.idempotency_key),
        )
        try:
            found = await info.context.services.undoing.undo(input.revision, order)
        except GraphServiceError as error:
            return _refused(error)
        return _undone(found)

    @mutation(
        description="Undo all that the newest run of a data source wrote, newest first.",
        directives=[Needs(roles=[*MUTATION_ROLES["revertRun"]])],
    )
    async def revert_run(self, info: Info, input: RevertRunInput) -> RevertRunResult:  # noqa: A002 - the contract's word
        """Revert a run."""
        order = UndoOrder(
            actor=info.context.viewer.actor,
            reason=input.reason,
            keeps_later=input.on_conflict is OnConflict.KEEP,
            expected_revision=given(input.expected_revision),
        )
        try:
            found = await info.context.services.undoing.revert(input.run, order)
        except GraphServiceError as error:
            return _refused(error)
        return _undone(found)


def _refused(
    error: GraphServiceError,
) -> NotFound | StaleRevision | ValidationFailed | IdempotencyKeyReused:
    if isinstance(error, RevisionUnknownError):
        return NotFound(
            code=ProblemCode.NOT_FOUND,
            message=str(error),
            hint="list revisions and choose one",
            nearest=[],
        )
    found = problem(error)
    if isinstance(found, AmbiguousReference):
        raise error
    return found


def _undone(found: model.UndoResult | model.UndoPlan) -> Undone | UndoConflicts:
    if isinstance(found, model.UndoPlan):
        count = len(found.conflicts)
        values = "1 value was" if count == 1 else f"{count:,} values were"
        return UndoConflicts(
            code=ProblemCode.UNDO_CONFLICTS,
            message=f"{values} written anew since; nothing was undone",
            hint="undo what is in the way first, or keep it with onConflict: KEEP",
            plan=undo_plan(found),
        )
    return Undone(
        revision=RevisionNumber(found.revision),
        changed=found.changed,
        replayed=found.replayed,
        warnings=[],
        undone_revisions=[RevisionNumber(each) for each in found.undone],
        run=strawberry.ID(found.run) if found.run else None,
        revisions=[RevisionNumber(each) for each in found.revisions],
        reactivated_count=found.reactivated,
        updated_count=found.updated,
        retired_count=found.retired,
        kept_count=found.kept,
    )
