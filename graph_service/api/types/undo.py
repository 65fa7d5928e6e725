"""Undoing as clients see it: what it would do, what is in the way, what it did."""

from enum import StrEnum
from typing import Annotated

import strawberry

from graph_service.api.context import Info
from graph_service.api.fields import field
from graph_service.api.inputs import UNSET
from graph_service.api.scalars import Instant, Json, RevisionNumber
from graph_service.api.types.connection import Connection, list_page
from graph_service.api.types.log import Actor, Difference, RecordReference
from graph_service.api.types.problems import (
    IdempotencyKeyReused,
    NotFound,
    Problem,
    StaleRevision,
    ValidationFailed,
    Written,
)
from graph_service.use_cases.intake.import_plan import Action
from graph_service.use_cases.undoing import undo_plan as model


@strawberry.enum(
    description="What happens to values that were written anew since: REFUSE undoes nothing, KEEP "
    "leaves them and undoes the rest."
)
class OnConflict(StrEnum):
    """What happens to values that were written anew since."""

    REFUSE = "REFUSE"
    KEEP = "KEEP"


@strawberry.type(description="What undoing does to one record: each value now, and then.")
class UndoChange:
    """What undoing does to one record."""

    record: RecordReference
    action: Action
    differences: list[Difference]


@strawberry.type(description="A value that does not go back, because of what was written since.")
class UndoConflict:
    """A value that does not go back."""

    record: RecordReference
    name: str = strawberry.field(description="Field or attribute name.")
    before: Json | None = strawberry.field(description="What it would have gone back to.")
    kept: Json | None = strawberry.field(description="What it stays at.")
    because: str
    revision: RevisionNumber | None = strawberry.field(
        description="The one in the way. Null: none is, the order of data sources decides."
    )
    at: Instant | None
    actor: Actor | None
    reason: str | None


@strawberry.type(description="What undoing would do. Nothing is written until it is asked for.")
class UndoPlan:
    """What undoing would do."""

    found: strawberry.Private[model.UndoPlan]
    revisions: list[RevisionNumber] = strawberry.field(description="What is undone, newest first.")
    run: strawberry.ID | None
    base_revision: RevisionNumber = strawberry.field(description="What it was computed from.")

    @field()
    def changes(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[UndoChange]:
        """List what becomes of records."""
        return list_page(
            info.context,
            ["undo", self.revisions, self.base_revision],
            self.found.changes,
            (first, after),
            lambda page: [undo_change(each) for each in page],
        )

    @field()
    def conflicts(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[UndoConflict]:
        """List values that do not go back."""
        return list_page(
            info.context,
            ["undo conflicts", self.revisions, self.base_revision],
            self.found.conflicts,
            (first, after),
            lambda page: [undo_conflict(each) for each in page],
        )


def undo_plan(found: model.UndoPlan) -> UndoPlan:
    """Show a plan."""
    return UndoPlan(
        found=found,
        revisions=[RevisionNumber(each) for each in found.revisions],
        run=strawberry.ID(found.run) if found.run else None,
        base_revision=RevisionNumber(found.base_revision),
    )


def undo_change(found: model.UndoChange) -> UndoChange:
    """Show what becomes of a record."""
    return UndoChange(
        record=RecordReference(
            id=strawberry.ID(found.record_id),
            key=found.label,
            record_type=found.record_type,
            name=found.name,
        ),
        action=found.action,
        differences=[
            Difference(name=name, before=Json(now), after=Json(then))
            for name, now, then in found.differences
        ],
    )


def undo_conflict(found: model.UndoConflict) -> UndoConflict:
    """Show a value that does not go back."""
    return UndoConflict(
        record=RecordReference(
            id=strawberry.ID(found.record_id),
            key=found.label,
            record_type=found.record_type,
            name=found.label,
        ),
        name=found.name,
        before=Json(found.before),
        kept=Json(found.kept),
        because=found.because,
        revision=None if found.revision is None else RevisionNumber(found.revision),
        at=Instant(found.at) if found.at else None,
        actor=Actor.of(found.actor) if found.actor else None,
        reason=found.reason or None,
    )


@strawberry.input(
    one_of=True, description="What to undo: a revision, or all that an import run wrote."
)
class UndoSubject:
    """What to undo."""

    revision: RevisionNumber | None = UNSET
    run: strawberry.ID | None = UNSET


@strawberry.input(description="Input of undoRevision.")
class UndoRevisionInput:
    """What to undo."""

    revision: RevisionNumber
    reason: str
    on_conflict: OnConflict = OnConflict.REFUSE
    expected_revision: RevisionNumber | None = strawberry.field(
        default=UNSET, description="Refuse if a record this touches changed after it."
    )
    idempotency_key: str | None = strawberry.field(
        default=UNSET, description="Kept for 24 hours; a retry gets the first answer."
    )


@strawberry.input(description="Input of revertRun. Asking again goes on, or finds it done.")
class RevertRunInput:
    """Which run to revert."""

    run: strawberry.ID
    reason: str
    on_conflict: OnConflict = OnConflict.REFUSE
    expected_revision: RevisionNumber | None = UNSET


@strawberry.type(description="What was written is undone, as revisions of their own.")
class Undone(Written):
    """What was written is undone."""

    undone_revisions: list[RevisionNumber] = strawberry.field(description="Newest first.")
    run: strawberry.ID | None
    revisions: list[RevisionNumber] = strawberry.field(
        description="What it wrote: one, or several where one does not hold it."
    )
    reactivated_count: int
    updated_count: int
    retired_count: int
    kept_count: int = strawberry.field(
        description="Values that stay, because they were written anew since."
    )


@strawberry.type(
    description="Values were written anew since, so nothing was undone. Look at them; onConflict: "
    "KEEP leaves them as they are and undoes the rest."
)
class UndoConflicts(Problem):
    """Values were written anew since."""

    plan: UndoPlan


UndoRevisionResult = Annotated[
    Undone | UndoConflicts | NotFound | StaleRevision | ValidationFailed | IdempotencyKeyReused,
    strawberry.union("UndoRevisionResult", description="Result of undoRevision."),
]
RevertRunResult = Annotated[
    Undone | UndoConflicts | NotFound | StaleRevision | ValidationFailed | IdempotencyKeyReused,
    strawberry.union("RevertRunResult", description="Result of revertRun."),
]
