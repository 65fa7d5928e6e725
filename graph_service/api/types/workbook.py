"""Files that come back, as clients see them: the plan of their cells, and what is in conflict."""

from typing import Annotated

import strawberry

from graph_service.api.context import Info
from graph_service.api.fields import field
from graph_service.api.inputs import UNSET
from graph_service.api.scalars import Instant, Json, RevisionNumber
from graph_service.api.types.connection import Connection, Node, list_page
from graph_service.api.types.problems import (
    NotFound,
    StaleRevision,
    ValidationFailed,
    Written,
)
from graph_service.api.types.writing import DocumentInput, EstateWritten
from graph_service.use_cases.files import workbook_plan as model
from graph_service.use_cases.files.workbook_plan import CellAction, Choice

strawberry.enum(CellAction, description="What a changed cell asks for.")
strawberry.enum(Choice, description="Whose word counts where file and estate both changed.")


@strawberry.type(description="What one cell changes.")
class CellChange:
    """What one cell changes."""

    cell: str = strawberry.field(description="As people call it: CIs!F17.")
    key: str = strawberry.field(description="Of the CI; of a new one without a key, its name.")
    column: str
    action: CellAction
    before: Json | None = strawberry.field(description="What the estate says now.")
    after: Json | None


@strawberry.type(description="A cell that was changed here, of a value changed in the estate too.")
class CellConflict:
    """A cell in conflict."""

    cell: str
    key: str
    column: str
    exported: Json | None = strawberry.field(description="What both started from.")
    mine: Json | None = strawberry.field(description="What the file says.")
    theirs: Json | None = strawberry.field(description="What the estate says.")
    changed_by: str
    changed_at: Instant | None
    changed_in: RevisionNumber
    choice: Choice | None = strawberry.field(description="Null: somebody has to choose.")


@strawberry.type(
    description="What a file that came back would change, cell by cell. A row that is not in it "
    "asks for nothing, nor does an empty cell."
)
class WorkbookPlan(Node):
    """A kept plan of a file that came back."""

    found: strawberry.Private[model.WorkbookPlan]
    document: str
    base_revision: RevisionNumber
    row_count: int
    created_count: int
    updated_count: int
    unchanged_count: int
    open_conflict_count: int = strawberry.field(description="Cells somebody has to choose about.")
    notes: list[str]
    applied_in: RevisionNumber | None = strawberry.field(description="Null: not applied yet.")

    @field()
    def changes(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[CellChange]:
        """List changed cells in the order of the file."""
        return list_page(
            info.context,
            ["workbookChanges", self.id],
            self.found.changes,
            (first, after),
            lambda page: [_change(each) for each in page],
        )

    @field()
    def conflicts(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[CellConflict]:
        """List cells in conflict in the order of the file."""
        return list_page(
            info.context,
            ["workbookConflicts", self.id],
            self.found.conflicts,
            (first, after),
            lambda page: [_conflict(each) for each in page],
        )


def workbook_plan(found: model.WorkbookPlan) -> WorkbookPlan:
    """Show a plan."""
    return WorkbookPlan(
        id=strawberry.ID(found.id),
        found=found,
        document=found.document,
        base_revision=RevisionNumber(found.base_revision),
        row_count=found.row_count,
        created_count=found.created_count,
        updated_count=found.updated_count,
        unchanged_count=found.unchanged_count,
        open_conflict_count=len(found.open_conflicts),
        notes=[*found.notes],
        applied_in=None if found.applied_in is None else RevisionNumber(found.applied_in),
    )


def _change(found: model.CellChange) -> CellChange:
    return CellChange(
        cell=found.cell,
        key=found.key,
        column=found.column,
        action=found.action,
        before=_json(found.before),
        after=_json(found.after),
    )


def _conflict(found: model.CellConflict) -> CellConflict:
    return CellConflict(
        cell=found.cell,
        key=found.key,
        column=found.column,
        exported=_json(found.exported),
        mine=_json(found.mine),
        theirs=_json(found.theirs),
        changed_by=found.changed_by,
        changed_at=Instant(found.changed_at) if found.changed_at else None,
        changed_in=RevisionNumber(found.changed_in),
        choice=found.choice,
    )


def _json(value: object) -> Json | None:
    return None if value is None else Json(value)


@strawberry.input(description="Whose word counts at a cell.")
class CellChoiceInput:
    """A choice."""

    cell: str = strawberry.field(description="As the plan calls it; * for all that are left.")
    choice: Choice


@strawberry.input(description="Input of planWorkbook.")
class PlanWorkbookInput:
    """A file that comes back."""

    document: DocumentInput
    choices: list[CellChoiceInput] | None = UNSET


@strawberry.input(description="Input of applyWorkbook.")
class ApplyWorkbookInput:
    """Which plan to apply."""

    plan: strawberry.ID
    reason: str


@strawberry.type(description="The file was understood and the plan kept; nothing was written.")
class WorkbookPlanned(Written):
    """A plan was made and kept."""

    plan: WorkbookPlan


PlanWorkbookResult = Annotated[
    WorkbookPlanned | ValidationFailed,
    strawberry.union("PlanWorkbookResult", description="Result of planWorkbook."),
]
ApplyWorkbookResult = Annotated[
    EstateWritten | NotFound | StaleRevision | ValidationFailed,
    strawberry.union("ApplyWorkbookResult", description="Result of applyWorkbook."),
]
