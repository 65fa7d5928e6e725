"""A row about a CI against the estate: what its cells ask to be different."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graph_service.model.ci import CI, Presence
from graph_service.model.condition import TAG_PREFIX
from graph_service.model.edit import UNSET, CreateCi, EditRef, UpdateCi
from graph_service.model.errors import Fault
from graph_service.model.place import Place
from graph_service.model.vocabulary import AttributeDefinition, Vocabulary
from graph_service.model.vocabulary.vocabulary import ROOT
from graph_service.reconcile.validation import ci_attributes, class_faults, named
from graph_service.use_cases.files.cells import CLEAR, WITHDRAW, value_in
from graph_service.use_cases.files.ci_table import FIELDS, TAGS, tag_texts
from graph_service.use_cases.files.columns import ABSENT
from graph_service.use_cases.files.file_rows import FileRow, as_text
from graph_service.use_cases.files.tables import Cell
from graph_service.use_cases.files.workbook_cells import (
    NOTHING,
    WITHDRAWN,
    CellReading,
    Spoken,
    is_blank,
)
from graph_service.use_cases.files.workbook_plan import CellAction

_TEXT = AttributeDefinition(name="text")
_TAGS = AttributeDefinition(name=TAGS, list=True)
_HERE = Place("cell")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a row is about: the CI as it is, and as it was when the row was exported.

    ``was`` is ``None`` when the row does not say when that was; then nothing can be in conflict.
    """

    ci: CI
    was: CI | None


@dataclass(frozen=True, slots=True)
class CIReading:
    """Reads rows about CIs into ``into``."""

    vocabulary: Vocabulary
    definitions: Mapping[str, AttributeDefinition]
    into: CellReading

    def create(self, row: FileRow) -> None:
        """Take a row about a CI that there is not yet."""
        before = len(self.into.faults)
        said: dict[str, Any] = {}
        class_name = row.text("class")
        for name, cell in row.cells.items():
            if name in {"id", "revision", "presence", "key", "class"} or is_blank(cell):
                continue
            value = self._value(row, name, cell, class_name)
            if value is not NOTHING and value is not WITHDRAWN:
                said[name] = value
        for name in ("name", "class"):
            if not row.text(name):
                message = f"a new CI needs a {name}"
                remedy = "fill it in, or empty the row"
                self.into.fault("INCOMPLETE_ROW", row, name, message, remedy)
        if class_name:
            self.into.fault_all(row, "class", class_faults(self.vocabulary, class_name, _HERE))
        if len(self.into.faults) > before:
            return
        key, name = row.text("key"), said.pop("name")
        for column, after in {"class": class_name, "name": name, **said}.items():
            self.into.change(row, key or name, column, (CellAction.CREATE, None, after))
        tags = said.pop(TAGS, None) or []
        attributes = {**said, **_tags_of(tags)}
        edit = CreateCi(class_name=class_name, name=name, key=key, attributes=attributes)
        self.into.create(row, edit)

    def update(self, row: FileRow, known: Known) -> None:
        """Take a row about a CI."""
        before = len(self.into.faults)
        class_name = self._new_class(row, known.ci)
        said: dict[str, Any] = {}
        withdrawn: set[str] = set()
        in_conflict = False
        for name in row.cells:
            if name in FIELDS and name not in {"name", "class"}:
                continue
            value, is_open = self._changed(row, name, known, class_name)
            in_conflict = in_conflict or is_open
            if value is WITHDRAWN:
                withdrawn.add(name)
            elif value is not NOTHING:
                said[name] = value
        if len(self.into.faults) > before:
            return
        if not said and not withdrawn:
            self.into.unchanged_count += not in_conflict
            return
        if known.ci.presence is Presence.RETIRED:
            message = f"{known.ci.key} is retired"
            remedy = "bring it back first, or undo the edit"
            if known.ci.merged_into:
                message = f"{known.ci.key} was merged into another CI"
                remedy = "edit the row of that one, or split the two first"
            self.into.fault("CI_RETIRED", row, "key", message, remedy)
            return
        name, new_class = said.pop("name", UNSET), said.pop("class", UNSET)
        has_tags = TAGS in said
        tags, tagged = _tags_of(said.pop(TAGS, None) or []), _tags_in(known.ci)
        put_on = {each: value for each, value in tags.items() if tagged.get(each) != value}
        taken_off = tagged.keys() - tags.keys() if has_tags else set()
        edit = UpdateCi(
            ci=EditRef(id=known.ci.id),
            name=name,
            class_name=new_class,
            attributes={**said, **put_on},
            withdraw=frozenset(withdrawn),
            remove_tags=frozenset(each.removeprefix(TAG_PREFIX) for each in taken_off),
        )
        self.into.update(row, edit)

    def _new_class(self, row: FileRow, ci: CI) -> str:
        text = row.text("class")
        if not text or text == ci.class_name:
            return ci.class_name
        is_bad = self.into.fault_all(row, "class", class_faults(self.vocabulary, text, _HERE))
        return ci.class_name if is_bad else text

    def _changed(self, row: FileRow, name: str, known: Known, class_name: str) -> tuple[Any, bool]:
        now = _said(known.ci, name)
        spoken = Spoken(
            key=known.ci.key,
            record=known.ci.id,
            attribute=name,
            definition=self._definition(name),
            now=now,
            was=now if known.was is None else _said(known.was, name),
        )
        return self.into.asked(
            row, name, spoken, lambda cell: self._value(row, name, cell, class_name)
        )

    def _definition(self, name: str) -> AttributeDefinition:
        if name in {"name", "class"}:
            return _TEXT
        return _TAGS if name == TAGS else self.definitions[name]

    def _value(self, row: FileRow, name: str, cell: Cell, class_name: str) -> Any:  # noqa: ANN401 - JSON
        """Return what a cell says in canonical form, or ``NOTHING`` and a fault."""
        if name in {"name", "class"}:
            return self._named(row, name, cell)
        if name == TAGS:
            return self._tags(row, cell)
        value = self.into.written(row, name, cell, self._definition_in(name, class_name))
        if value is WITHDRAWN or value is NOTHING:
            return value
        faults: list[Fault] = []
        is_text = value != ""  # the empty text is meant, and not a cell that says nothing
        fitted = ci_attributes(
            self.vocabulary, class_name, {name: value}, _HERE, faults, from_text=is_text
        )
        self.into.fault_all(row, name, faults)
        return fitted.get(name, NOTHING)

    def _tags(self, row: FileRow, cell: Cell) -> Any:  # noqa: ANN401 - list of texts or NOTHING
        written = self.into.written(row, TAGS, cell, _TAGS)
        if written is WITHDRAWN:
            message = "of all tags at once nothing is withdrawn"
            self.into.fault(
                "INVALID_VALUE", row, TAGS, message, f"name those that stay, or {CLEAR}"
            )
            return NOTHING
        if written is NOTHING:
            return NOTHING
        texts = (
            [each.strip() for each in written.split(";")] if isinstance(written, str) else written
        )
        tags = _tags_of([str(each) for each in texts or () if each])
        faults: list[Fault] = []
        ci_attributes(self.vocabulary, ROOT, tags, _HERE, faults)
        return NOTHING if self.into.fault_all(row, TAGS, faults) else tag_texts(tags) or None

    def _named(self, row: FileRow, name: str, cell: Cell) -> Any:  # noqa: ANN401 - text or NOTHING
        text = as_text(cell.value)
        if text in {CLEAR, WITHDRAW}:
            message = f"a CI cannot be without a {name}"
            self.into.fault("INVALID_VALUE", row, name, message, "write one")
            return NOTHING
        if name == "class":
            return text.strip()
        faults: list[Fault] = []
        found = named(str(value_in(_TEXT, text)), name, _HERE, faults)
        return NOTHING if self.into.fault_all(row, name, faults) else found

    def _definition_in(self, name: str, class_name: str) -> AttributeDefinition:
        """Return how a class defines an attribute."""
        attributes = (
            self.vocabulary.attributes(class_name)
            if class_name in self.vocabulary.classes
            else self.definitions
        )
        return attributes.get(name) or self._definition(name)


def _said(ci: CI, name: str) -> Any:  # noqa: ANN401 - JSON or ABSENT
    if name in {"name", "class"}:
        return ci.name if name == "name" else ci.class_name
    if name == TAGS:
        return tag_texts(_tags_in(ci)) or None
    return ci.attributes.get(name, ABSENT)


def _tags_in(ci: CI) -> dict[str, str]:
    return {
        name: str(value)
        for name, value in ci.attributes.items()
        if name.startswith(TAG_PREFIX) and value is not None
    }


def _tags_of(texts: list[str]) -> dict[str, str]:
    """Return tags, each ``name`` or ``name=value``, as attributes."""
    parts = (each.partition("=") for each in texts)
    return {f"{TAG_PREFIX}{name.strip()}": value for name, _, value in parts}
