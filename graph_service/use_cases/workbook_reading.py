"""A row of a file that came back against the estate: what its cells ask to be different."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph_service.model.ci import CI, Presence
from graph_service.model.edit import UNSET, CreateCi, Edit, EditRef, UpdateCi
from graph_service.model.errors import Fault
from graph_service.model.place import Place
from graph_service.model.vocabulary import AttributeDefinition, Vocabulary
from graph_service.reconcile.validation import ci_attributes, class_faults, named
from graph_service.use_cases.files.cells import (
    CLEAR,
    WITHDRAW,
    cell_of,
    is_kept,
    is_same,
    value_in,
)
from graph_service.use_cases.files.ci_rows import CIRow, as_text
from graph_service.use_cases.files.ci_table import FIELDS
from graph_service.use_cases.files.columns import ABSENT, CellValue
from graph_service.use_cases.files.csv_text import plain_cell
from graph_service.use_cases.files.tables import Cell
from graph_service.use_cases.workbook_plan import (
    EVERY_CELL,
    CellAction,
    CellChange,
    CellConflict,
    Choice,
    Resolutions,
)

_TEXT = AttributeDefinition(name="text")
_WITHDRAWN = object()
_NOTHING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a row is about: the CI as it is, and as it was when the row was exported.

    ``was`` is ``None`` when the row does not say when that was; then nothing can be in conflict.
    """

    ci: CI
    was: CI | None


@dataclass(slots=True)
class RowReading:
    """What came of reading rows, in their order: edits, and what each cell of them does."""

    vocabulary: Vocabulary
    definitions: Mapping[str, AttributeDefinition]
    resolutions: Resolutions
    document: str
    is_text: bool
    edits: list[Edit] = field(default_factory=list)
    rows: list[CIRow] = field(default_factory=list)
    changes: list[CellChange] = field(default_factory=list)
    conflicts: list[CellConflict] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unchanged_count: int = 0

    def create(self, row: CIRow) -> None:
        """Take a row about a CI that there is not yet."""
        before = len(self.faults)
        said: dict[str, Any] = {}
        class_name = row.text("class")
        for name, cell in row.cells.items():
            if name in {"id", "revision", "presence", "key", "class"} or _is_blank(cell):
                continue
            value = self._value(row, name, cell, class_name)
            if value is not _NOTHING and value is not _WITHDRAWN:
                said[name] = value
        for name in ("name", "class"):
            if not row.text(name):
                message = f"a new CI needs a {name}"
                remedy = "fill it in, or empty the row"
                self._fault("INCOMPLETE_ROW", row, name, message, remedy)
        if class_name:
            self.faults += self._at(row, "class", class_faults(self.vocabulary, class_name, _HERE))
        if len(self.faults) > before:
            return
        key, name = row.text("key"), said.pop("name")
        edit = CreateCi(class_name=class_name, name=name, key=key, attributes=said)
        self._add(row, edit)
        for column, after in {"class": class_name, "name": name, **said}.items():
            self._change(row, key or name, column, (CellAction.CREATE, None, after))

    def update(self, row: CIRow, known: Known) -> None:
        """Take a row about a CI."""
        before = len(self.faults)
        class_name = self._new_class(row, known.ci)
        said: dict[str, Any] = {}
        withdrawn: set[str] = set()
        in_conflict = False
        for name in row.cells:
            if name in FIELDS and name not in {"name", "class"}:
                continue
            value, is_open = self._changed(row, name, known, class_name)
            in_conflict = in_conflict or is_open
            if value is _WITHDRAWN:
                withdrawn.add(name)
            elif value is not _NOTHING:
                said[name] = value
        if len(self.faults) > before:
            return
        if not said and not withdrawn:
            self.unchanged_count += not in_conflict
            return
        if known.ci.presence is Presence.RETIRED:
            message = f"{known.ci.key} is retired"
            self._fault("CI_RETIRED", row, "key", message, "bring it back first, or undo the edit")
            return
        self._add(
            row,
            UpdateCi(
                ci=EditRef(id=known.ci.id),
                name=said.pop("name", UNSET),
                class_name=said.pop("class", UNSET),
                attributes=said,
                withdraw=frozenset(withdrawn),
            ),
        )

    def _add(self, row: CIRow, edit: Edit) -> None:
        self.edits.append(edit)
        self.rows.append(row)

    def _new_class(self, row: CIRow, ci: CI) -> str:
        text = row.text("class")
        if not text or text == ci.class_name:
            return ci.class_name
        faults = self._at(row, "class", class_faults(self.vocabulary, text, _HERE))
        self.faults += faults
        return ci.class_name if faults else text

    def _changed(self, row: CIRow, name: str, known: Known, class_name: str) -> tuple[Any, bool]:
        """Return what a cell asks for, ``_NOTHING`` when it asks for nothing; and if it is open."""
        cell = row.cells[name]
        now = _said(known.ci, name)
        if _is_blank(cell) or self._shows(name, cell, now):
            return _NOTHING, False
        was = now if known.was is None else _said(known.was, name)
        if self._shows(name, cell, was):
            return _NOTHING, False
        value = self._value(row, name, cell, class_name)
        if value is _NOTHING or _is_equal(value, now):
            return _NOTHING, False
        if value is _WITHDRAWN or _is_equal(was, now):
            self._change(row, known.ci.key, name, _done(value, now))
            return value, False
        if _is_equal(value, was):
            return _NOTHING, False
        conflict = self._conflict(row, name, known, (was, value, now))
        if conflict.choice is Choice.MINE:
            self._change(row, known.ci.key, name, _done(value, now))
            return value, False
        return _NOTHING, conflict.choice is None

    def _conflict(
        self, row: CIRow, name: str, known: Known, values: tuple[Any, Any, Any]
    ) -> CellConflict:
        cell = row.address(name)
        exported, mine, theirs = (None if each is ABSENT else each for each in values)
        conflict = CellConflict(
            cell=cell,
            row=row.number,
            key=known.ci.key,
            column=name,
            exported=exported,
            mine=mine,
            theirs=theirs,
            changed_by="",
            changed_at="",
            changed_in=known.ci.revision,
            choice=self.resolutions.get(cell, self.resolutions.get(EVERY_CELL)),
        )
        self.conflicts.append(conflict)
        return conflict

    def _shows(self, name: str, cell: Cell, value: Any) -> bool:  # noqa: ANN401 - JSON or ABSENT
        """Whether a cell is what an export of this value writes."""
        shown = cell_of(self._definition(name), value)
        is_text = self.is_text and shown is not None and plain_cell(shown) == cell.value
        return is_text or is_same(cell.value, shown)

    def _definition(self, name: str) -> AttributeDefinition:
        if name in {"name", "class"}:
            return _TEXT
        return self.definitions[name]

    def _value(self, row: CIRow, name: str, cell: Cell, class_name: str) -> Any:  # noqa: ANN401 - JSON
        """Return what a cell says in canonical form, or ``_NOTHING`` and a fault."""
        if cell.value == WITHDRAW and name not in {"name", "class"}:
            return _WITHDRAWN
        if is_kept(cell.value):
            message = "this stands for a text that no cell holds, and for another than is here"
            remedy = "export the file again, and leave such cells as they are"
            self._fault("INVALID_VALUE", row, name, message, remedy)
            return _NOTHING
        if name in {"name", "class"}:
            return self._named(row, name, cell)
        value = None if cell.value == CLEAR else self._read(name, cell, class_name)
        faults: list[Fault] = []
        is_text = value != ""  # the empty text is meant, and not a cell that says nothing
        fitted = ci_attributes(
            self.vocabulary, class_name, {name: value}, _HERE, faults, from_text=is_text
        )
        self.faults += self._at(row, name, faults)
        return fitted.get(name, _NOTHING)

    def _named(self, row: CIRow, name: str, cell: Cell) -> Any:  # noqa: ANN401 - text or _NOTHING
        text = as_text(cell.value)
        if text in {CLEAR, WITHDRAW}:
            message = f"a CI cannot be without a {name}"
            self._fault("INVALID_VALUE", row, name, message, "write one")
            return _NOTHING
        if name == "class":
            return text.strip()
        faults: list[Fault] = []
        found = named(str(value_in(_TEXT, text)), name, _HERE, faults)
        self.faults += self._at(row, name, faults)
        return _NOTHING if faults else found

    def _read(self, name: str, cell: Cell, class_name: str) -> Any:  # noqa: ANN401 - JSON
        attributes = (
            self.vocabulary.attributes(class_name)
            if class_name in self.vocabulary.classes
            else self.definitions
        )
        definition = attributes.get(name) or self._definition(name)
        value: CellValue = cell.value
        if cell.is_percent and definition.unit == "%" and isinstance(value, int | float):
            value = round(value * 100, 10)
        return value_in(definition, value)

    def _change(self, row: CIRow, key: str, column: str, done: tuple[CellAction, Any, Any]) -> None:
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

    def _fault(self, code: str, row: CIRow, column: str, message: str, remedy: str) -> None:
        place = Place(self.document, row.address(column))
        self.faults.append(Fault(code=code, message=message, place=place, remedy=remedy))

    def _at(self, row: CIRow, column: str, faults: Any) -> list[Fault]:  # noqa: ANN401 - any of them
        """Return faults at the cell they are about."""
        place = Place(self.document, row.address(column))
        return [
            Fault(code=each.code, message=each.message, place=place, remedy=each.remedy)
            for each in faults
        ]


_HERE = Place("cell")


def _done(value: Any, now: Any) -> tuple[CellAction, Any, Any]:  # noqa: ANN401 - JSON or marks
    before = None if now is ABSENT else now
    if value is _WITHDRAWN:
        return CellAction.WITHDRAW, before, None
    return CellAction.CLEAR if value is None else CellAction.SET, before, value


def _said(ci: CI, name: str) -> Any:  # noqa: ANN401 - JSON or ABSENT
    if name in {"name", "class"}:
        return ci.name if name == "name" else ci.class_name
    return ci.attributes.get(name, ABSENT)


def _is_blank(cell: Cell) -> bool:
    return cell.value is None or (isinstance(cell.value, str) and not cell.value.strip())


def _is_equal(one: Any, other: Any) -> bool:  # noqa: ANN401 - JSON or ABSENT
    return type(one) is type(other) and bool(one == other) if _odd(one, other) else one == other


def _odd(one: Any, other: Any) -> bool:  # noqa: ANN401 - as above
    return isinstance(one, bool) or isinstance(other, bool) or one is None or other is None
