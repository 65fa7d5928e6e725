"""Cells of a file that came back against the estate: what each asks to be different."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from graph_service.model.edit import Edit
from graph_service.model.errors import Fault
from graph_service.model.place import Place
from graph_service.model.vocabulary import AttributeDefinition
from graph_service.use_cases.files.cells import (
    CLEAR,
    WITHDRAW,
    cell_of,
    is_kept,
    is_same,
    value_in,
)
from graph_service.use_cases.files.columns import ABSENT, CellValue
from graph_service.use_cases.files.csv_text import plain_cell
from graph_service.use_cases.files.file_rows import FileRow
from graph_service.use_cases.files.tables import Cell
from graph_service.use_cases.files.workbook_plan import (
    EVERY_CELL,
    CellAction,
    CellChange,
    CellConflict,
    Choice,
    Resolutions,
)

WITHDRAWN = object()
"""What a person stated is taken back."""

NOTHING = object()
"""A cell asks for nothing, or for something that has a fault."""

Read = Callable[[Cell], Any]
"""Returns what a cell says in canonical form, or ``NOTHING`` and leaves a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What the estate says where a cell speaks: now, and when the row was exported.

    ``key`` is what people call the record; ``record`` and ``attribute`` are under which id and name
    the log knows the value.
    """

    key: str
    record: str
    attribute: str
    definition: AttributeDefinition
    now: Any
    was: Any


@dataclass(slots=True)
class CellReading:
    """What came of reading rows, in their order: edits, and what each cell of them does."""

    resolutions: Resolutions
    document: str
    is_text: bool
    edits: list[Edit] = field(default_factory=list)
    rows: list[FileRow] = field(default_factory=list)
    changes: list[CellChange] = field(default_factory=list)
    conflicts: list[CellConflict] = field(default_factory=list)
    spoken: dict[str, Spoken] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    created_count: int = 0
    updated_count: int = 0
    unchanged_count: int = 0

    def create(self, row: FileRow, edit: Edit) -> None:
        """Take an edit that begins something."""
        self.created_count += 1
        self._add(row, edit)

    def update(self, row: FileRow, edit: Edit) -> None:
        """Take an edit of something there is."""
        self.updated_count += 1
        self._add(row, edit)

    def _add(self, row: FileRow, edit: Edit) -> None:
        self.edits.append(edit)
        self.rows.append(row)

    def asked(self, row: FileRow, name: str, spoken: Spoken, read: Read) -> tuple[Any, bool]:
        """Return what a cell asks for, ``NOTHING`` when it asks for nothing; and if it is open."""
        cell = row.cells[name]
        now, was = spoken.now, spoken.was
        if is_blank(cell) or self._shows(spoken.definition, cell, now):
            return NOTHING, False
        if self._shows(spoken.definition, cell, was):
            return NOTHING, False
        value = read(cell)
        if value is NOTHING or is_equal(value, now):
            return NOTHING, False
        if value is WITHDRAWN or is_equal(was, now):
            self.change(row, spoken.key, name, _done(value, now))
            return value, False
        if is_equal(value, was):
            return NOTHING, False
        conflict = self._conflict(row, name, spoken, value)
        if conflict.choice is Choice.MINE:
            self.change(row, spoken.key, name, _done(value, now))
            return value, False
        return NOTHING, conflict.choice is None

    def _conflict(self, row: FileRow, name: str, spoken: Spoken, value: Any) -> CellConflict:  # noqa: ANN401 - JSON
        cell = row.address(name)
        values = (spoken.was, value, spoken.now)
        exported, mine, theirs = (None if each is ABSENT else each for each in values)
        conflict = CellConflict(
            cell=cell,
            row=row.number,
            key=spoken.key,
            column=name,
            exported=exported,
            mine=mine,
            theirs=theirs,
            changed_by="",
            changed_at="",
            changed_in=0,
            choice=self.resolutions.get(cell, self.resolutions.get(EVERY_CELL)),
        )
        self.conflicts.append(conflict)
        self.spoken[cell] = spoken
        return conflict

    def _shows(self, definition: AttributeDefinition, cell: Cell, value: Any) -> bool:  # noqa: ANN401 - JSON or ABSENT
        """Whether a cell is what an export of this value writes."""
        shown = cell_of(definition, value)
        is_text = self.is_text and shown is not None and plain_cell(shown) == cell.value
        return is_text or is_same(cell.value, shown)

    def written(self, row: FileRow, name: str, cell: Cell, definition: AttributeDefinition) -> Any:  # noqa: ANN401 - JSON
        """Return what a cell says, yet to be fitted; ``None``, ``WITHDRAWN`` or ``NOTHING``."""
        if cell.value == WITHDRAW:
            return WITHDRAWN
        if is_kept(cell.value):
            message = "this stands for a text that no cell holds, and for another than is here"
            remedy = "export the file again, and leave such cells as they are"
            self.fault("INVALID_VALUE", row, name, message, remedy)
            return NOTHING
        if cell.value == CLEAR:
            return None
        value: CellValue = cell.value
        if cell.is_percent and definition.unit == "%" and isinstance(value, int | float):
            value = round(value * 100, 10)
        return value_in(definition, value)

    def change(
        self, row: FileRow, key: str, column: str, done: tuple[CellAction, Any, Any]
    ) -> None:
        """Note what a cell changes."""
        action, before, after = done
        self.changes.append(
            CellChange(
                cell=row.address(column),
                row=row.number,
                key=key,
                column=column,
                action=action,
                before=before,
                after=after,
            )
        )

    def fault(self, code: str, row: FileRow, column: str, message: str, remedy: str) -> None:
        """Note what is wrong with a cell."""
        place = Place(self.document, row.address(column))
        self.faults.append(Fault(code=code, message=message, place=place, remedy=remedy))

    def fault_all(self, row: FileRow, column: str, faults: Iterable[Fault]) -> bool:
        """Note faults at the cell they are about; return whether there are any."""
        place = Place(self.document, row.address(column))
        before = len(self.faults)
        self.faults += [
            Fault(code=each.code, message=each.message, place=place, remedy=each.remedy)
            for each in faults
        ]
        return len(self.faults) > before


def _done(value: Any, now: Any) -> tuple[CellAction, Any, Any]:  # noqa: ANN401 - JSON or marks
    before = None if now is ABSENT else now
    if value is WITHDRAWN:
        return CellAction.WITHDRAW, before, None
    return CellAction.CLEAR if value is None else CellAction.SET, before, value


def is_blank(cell: Cell) -> bool:
    """Whether a cell says nothing."""
    return cell.value is None or (isinstance(cell.value, str) and not cell.value.strip())


def is_equal(one: Any, other: Any) -> bool:  # noqa: ANN401 - JSON or ABSENT
    """Whether two values are one; a truth value is never a number."""
    return type(one) is type(other) and bool(one == other) if _odd(one, other) else one == other


def _odd(one: Any, other: Any) -> bool:  # noqa: ANN401 - as above
    return isinstance(one, bool) or isinstance(other, bool) or one is None or other is None
