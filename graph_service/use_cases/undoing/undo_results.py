"""What an undo came to: counted, put together, and kept under an idempotency key."""

from collections.abc import Sequence
from dataclasses import replace

from graph_service.reconcile.draft import Change
from graph_service.reconcile.import_plan import Action
from graph_service.use_cases.editing.edit_result import EditResult
from graph_service.use_cases.undoing.undo_plan import UndoResult
from graph_service.use_cases.undoing.undo_target import UndoTarget


def result_of(
    target: UndoTarget, changes: Sequence[Change], kept: int, revision: int
) -> UndoResult:
    """Return what undoing came to; ``kept`` counts values that stay as they are."""
    actions = [each.action for each in changes if not each.is_bystander]
    return UndoResult(
        undone=tuple(each.number for each in reversed(target.revisions)),
        run=target.run.id if target.run else "",
        revision=revision,
        reactivated=actions.count(Action.REACTIVATE) + actions.count(Action.CREATE),
        updated=actions.count(Action.UPDATE),
        retired=actions.count(Action.RETIRE),
        kept=kept,
    )


def together(one: UndoResult, other: UndoResult) -> UndoResult:
    """Return what two parts of one undo came to."""
    return replace(
        one,
        reactivated=one.reactivated + other.reactivated,
        updated=one.updated + other.updated,
        retired=one.retired + other.retired,
        kept=one.kept + other.kept,
    )


def with_revisions(result: UndoResult, written: Sequence[int]) -> UndoResult:
    """Return a result with the revisions that were written for it."""
    last = written[-1] if written else result.revision
    return replace(result, revision=last, revisions=tuple(written))


def as_edit(result: UndoResult) -> EditResult:
    """Return a result as it is kept under an idempotency key."""
    return EditResult(
        revision=result.revision,
        changed=True,
        created=result.reactivated,
        updated=result.updated,
        retired=result.retired,
        warnings=(str(result.kept),),
    )


def replayed(target: UndoTarget, kept: EditResult) -> UndoResult:
    """Return the result of an undo that was done before, under the same idempotency key."""
    return UndoResult(
        undone=tuple(each.number for each in reversed(target.revisions)),
        run="",
        revision=kept.revision,
        revisions=(kept.revision,),
        replayed=True,
        reactivated=kept.created,
        updated=kept.updated,
        retired=kept.retired,
        kept=int(kept.warnings[0]),
    )
