"""What a file that came back would change: cell by cell, kept until somebody applies it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from graph_service.model.delta import Record
from graph_service.model.edit import (
    UNSET,
    CreateCi,
    Edit,
    EditRef,
    SetRedundancyGroup,
    SetRelationship,
    Unset,
    UpdateCi,
)

WORKBOOK_PLAN = "workbook-plan"
"""Kind of the records that keep plans."""

PLAN_PREFIX = "wbp"


class Choice(StrEnum):
    """Whose word counts where a file and the estate both changed a value."""

    MINE = "MINE"
    THEIRS = "THEIRS"


class CellAction(StrEnum):
    """What a changed cell asks for."""

    CREATE = "CREATE"
    SET = "SET"
    CLEAR = "CLEAR"
    WITHDRAW = "WITHDRAW"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """What one cell changes. ``before`` is what the estate says now; ``None`` is nothing."""

    cell: str
    row: int
    key: str
    column: str
    action: CellAction
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CellConflict:
    """A cell that was changed in the file, of a value that was changed in the estate as well.

    ``exported`` is what both started from. ``choice`` is ``None`` until somebody chose.
    """

    cell: str
    row: int
    key: str
    column: str
    exported: Any
    mine: Any
    theirs: Any
    changed_by: str
    changed_at: str
    changed_in: int
    choice: Choice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkbookPlan:
    """All of what a file would change, computed at one revision.

    ``applied_in`` is the revision that came of it, once it has been applied.
    """

    id: str
    document: str
    base_revision: int
    edits: tuple[Edit, ...] = ()
    changes: tuple[CellChange, ...] = ()
    conflicts: tuple[CellConflict, ...] = ()
    row_count: int = 0
    created_count: int = 0
    updated_count: int = 0
    unchanged_count: int = 0
    notes: tuple[str, ...] = ()
    applied_in: int | None = None

    @property
    def open_conflicts(self) -> tuple[CellConflict, ...]:
        """The conflicts about which somebody has to choose."""
        return tuple(each for each in self.conflicts if each.choice is None)


def applied(plan: WorkbookPlan, revision: int) -> WorkbookPlan:
    """Return a plan that has been applied."""
    return replace(plan, applied_in=revision)


def to_record(plan: WorkbookPlan) -> Record:
    """Return a plan as it is kept."""
    data = asdict(replace(plan, edits=()))
    data["edits"] = [_edit_to_data(each) for each in plan.edits]
    return Record(kind=WORKBOOK_PLAN, id=plan.id, data=data)


def from_record(record: Record) -> WorkbookPlan:
    """Read a plan as it was kept."""
    data = dict(record.data)
    data["edits"] = tuple(_edit_from_data(each) for each in data["edits"])
    data["changes"] = tuple(
        CellChange(**{**each, "action": CellAction(each["action"])}) for each in data["changes"]
    )
    data["conflicts"] = tuple(_conflict(each) for each in data["conflicts"])
    data["notes"] = tuple(data["notes"])
    return WorkbookPlan(**data)


def _conflict(data: Mapping[str, Any]) -> CellConflict:
    choice = data["choice"]
    return CellConflict(**{**data, "choice": Choice(choice) if choice else None})


def _edit_to_data(edit: Edit) -> dict[str, Any]:
    match edit:
        case CreateCi():
            return {
                "create": {
                    "class_name": edit.class_name,
                    "name": edit.name,
                    "key": edit.key,
                    "attributes": dict(edit.attributes),
                }
            }
        case UpdateCi():
            return {
                "update": {
                    "ci": edit.ci.id,
                    "name": _said(edit.name),
                    "class_name": _said(edit.class_name),
                    "attributes": dict(edit.attributes),
                    "withdraw": sorted(edit.withdraw),
                    "remove_tags": sorted(edit.remove_tags),
                }
            }
        case SetRelationship():
            return {
                "relate": {
                    "source": asdict(edit.source),
                    "type": edit.type,
                    "target": asdict(edit.target),
                    "attributes": dict(edit.attributes),
                    "is_partial": edit.is_partial,
                    "withdraw": sorted(edit.withdraw),
                }
            }
        case SetRedundancyGroup():
            return {
                "group": {
                    "dependant": asdict(edit.dependant),
                    "name": edit.name,
                    "rules": dict(edit.rules),
                }
            }
    raise AssertionError  # a file makes no others


def _said(value: str | Unset) -> str | None:
    return None if isinstance(value, Unset) else value


def _edit_from_data(data: Mapping[str, Any]) -> Edit:
    if "create" in data:
        return CreateCi(**data["create"])
    if "relate" in data:
        said = data["relate"]
        ends = {name: EditRef(**said[name]) for name in ("source", "target")}
        return SetRelationship(**{**said, **ends, "withdraw": frozenset(said["withdraw"])})
    if "group" in data:
        said = data["group"]
        return SetRedundancyGroup(**{**said, "dependant": EditRef(**said["dependant"])})
    said = data["update"]
    return UpdateCi(
        ci=EditRef(id=said["ci"]),
        name=UNSET if said["name"] is None else said["name"],
        class_name=UNSET if said["class_name"] is None else said["class_name"],
        attributes=said["attributes"],
        withdraw=frozenset(said["withdraw"]),
        remove_tags=frozenset(said["remove_tags"]),
    )


Resolutions = Mapping[str, Choice]
"""Cell to choice; ``*`` stands for all cells that have none of their own."""

EVERY_CELL = "*"


def unmatched(resolutions: Resolutions, conflicts: Sequence[CellConflict]) -> list[str]:
    """Return cells about which somebody chose although there is nothing to choose."""
    known = {each.cell for each in conflicts} | {EVERY_CELL}
    return [each for each in resolutions if each not in known]
