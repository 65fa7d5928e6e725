"""Rows about relationships and redundancy groups against the estate: what their cells ask for."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graph_service.model.ci import CI, Presence
from graph_service.model.edit import EditRef, SetRedundancyGroup, SetRelationship
from graph_service.model.ids import relationship_id
from graph_service.model.place import Place
from graph_service.model.relationship import Relationship
from graph_service.model.vocabulary import AttributeDefinition, Vocabulary
from graph_service.reconcile.attribute_value import fitted
from graph_service.reconcile.redundancy import GROUP_PREFIX, GROUP_RULES
from graph_service.reconcile.resolution import in_batches
from graph_service.reconcile.texts import Misfit
from graph_service.reconcile.validation import RELATIONSHIP_ATTRIBUTES, faulty, unknown
from graph_service.store import GraphStore
from graph_service.use_cases.files.columns import ABSENT
from graph_service.use_cases.files.file_rows import FileRow, FileRows
from graph_service.use_cases.files.open_tables import GROUPS, RELATIONSHIPS
from graph_service.use_cases.files.tables import Cell
from graph_service.use_cases.files.workbook_cells import (
    NOTHING,
    WITHDRAWN,
    CellReading,
    Spoken,
    is_blank,
)
from graph_service.use_cases.files.workbook_meaning import judge_revisions, pasts_of, revision_of
from graph_service.use_cases.files.workbook_plan import CellAction
from graph_service.use_cases.inventory.references import keys_like

_NEAR_MAX = 20
"""Ends that nothing answers to for which keys that look like them are looked up."""


async def read_relationships(
    store: GraphStore,
    vocabulary: Vocabulary,
    file: FileRows,
    reading: CellReading,
    *,
    created: Collection[str],
    newest: int,
) -> None:
    """Read rows about relationships; ``created`` are keys of CIs that the file creates."""
    rows = file.of(RELATIONSHIPS)
    judge_revisions(file, rows, newest)
    named = _named(file, rows, ("source", "type", "target"))
    ends = await _ends(store, reading, named, ("source", "target"), created)
    subjects = {
        id(row): str(relationship_id(ends[source].id, kind, ends[target].id))
        for row, (source, kind, target) in named
        if source in ends and target in ends
    }
    known: dict[str, Relationship] = {}
    for some in in_batches({*subjects.values()}):
        known |= {str(each): found for each, found in (await store.relationships(some)).items()}
    past = await pasts_of(store, _moved(named, subjects, known))
    for row, (source, kind, target) in named:
        if not ({source, target} <= ends.keys() | {*created}):
            continue
        subject = subjects.get(id(row), "")
        reader = _RelationshipRow(
            vocabulary=vocabulary, into=reading, row=row, key=f"{source} {kind} {target}"
        )
        now, then = known.get(subject), revision_of(row.text("revision"))
        edit = SetRelationship(source=EditRef(key=source), type=kind, target=EditRef(key=target))
        if row.text("id") and row.text("id") != subject:
            message = "this is the id of another relationship: its ends and type never change"
            remedy = "write them as they were; for another relationship, add a row without an id"
            reading.fault("KEY_CHANGED", row, "id", message, remedy)
        elif now is None or (now.presence is Presence.RETIRED and not row.text("id")):
            reader.create(edit)
        else:
            was = past.get((subject, then)) if then and then < now.revision else now
            reader.update(edit, now, was if then and isinstance(was, Relationship) else now)


async def read_groups(
    store: GraphStore,
    file: FileRows,
    reading: CellReading,
    *,
    created: Collection[str],
    newest: int,
) -> None:
    """Read rows about redundancy groups; ``created`` are keys of CIs that the file creates."""
    rows = file.of(GROUPS)
    judge_revisions(file, rows, newest)
    named = _named(file, rows, ("dependant", "group"))
    cis = await _ends(store, reading, named, ("dependant",), created)
    subjects = {id(row): str(cis[each[0]].id) for row, each in named if each[0] in cis}
    known = {str(each.id): each for each in cis.values()}
    past = await pasts_of(store, _moved(named, subjects, known))
    for row, (dependant, group) in named:
        if dependant not in cis and dependant not in created:
            continue
        ci, then = cis.get(dependant), revision_of(row.text("revision"))
        was = past.get((ci.id, then), ci) if ci and then and then < ci.revision else ci
        _read_group(reading, row, group, (ci, was if isinstance(was, CI) else ci))


def _named(
    file: FileRows, rows: Sequence[FileRow], columns: Sequence[str]
) -> list[tuple[FileRow, tuple[str, ...]]]:
    """Return rows that say what they are about, with what they say; others have a fault."""
    named = [(row, tuple(row.text(each) for each in columns)) for row in rows]
    counts = Counter(each for _, each in named)
    whole = []
    for row, each in named:
        missing = [name for name, text in zip(columns, each, strict=True) if not text]
        if missing:
            message = f"this row does not say its {' and '.join(missing)}"
            remedy = "fill it in, or empty the row"
            file.fault("INCOMPLETE_ROW", row.address(missing[0]), message, remedy)
        elif counts[each] > 1:
            message = f"{' '.join(each)} is in {counts[each]} rows"
            file.fault("DUPLICATE_ROW", row.address(columns[0]), message, "leave one of them")
        else:
            whole.append((row, each))
    return whole


async def _ends(
    store: GraphStore,
    reading: CellReading,
    named: Sequence[tuple[FileRow, tuple[str, ...]]],
    columns: Sequence[str],
    created: Collection[str],
) -> dict[str, CI]:
    """Return the CIs that rows name, by key; those that nothing answers to have a fault."""
    found: dict[str, CI] = {}
    wanted = {row.text(column) for row, _ in named for column in columns}
    for some in in_batches(wanted):
        found |= await store.cis_by_key(some)
    near: dict[str, list[str]] = {}
    for row, _ in named:
        for column in columns:
            key = row.text(column)
            if key in found or key in created:
                continue
            if key not in near and len(near) < _NEAR_MAX:
                near[key] = [*await keys_like(store, key)]
            like = near.get(key)
            remedy = f"did you mean {' or '.join(like)}?" if like else "write the key of a CI"
            reading.fault("CI_NOT_FOUND", row, column, f"no CI has the key {key[:60]!r}", remedy)
    return found


def _moved(
    named: Sequence[tuple[FileRow, tuple[str, ...]]],
    subjects: Mapping[int, str],
    known: Mapping[str, CI] | Mapping[str, Relationship],
) -> dict[int, set[str]]:
    """Return the records that changed since their rows were exported, by revision of those."""
    moved: dict[int, set[str]] = {}
    for row, _ in named:
        subject = subjects.get(id(row), "")
        now, then = known.get(subject), revision_of(row.text("revision"))
        if now and then and then < now.revision:
            moved.setdefault(then, set()).add(subject)
    return moved


@dataclass(frozen=True, slots=True, kw_only=True)
class _RelationshipRow:
    vocabulary: Vocabulary
    into: CellReading
    row: FileRow
    key: str

    def create(self, edit: SetRelationship) -> None:
        before = len(self.into.faults)
        types = self.vocabulary.relationship_types
        if edit.type not in types:
            fault = unknown("UNKNOWN_TYPE", edit.type, "a relationship type", types, Place("cell"))
            self.into.fault_all(self.row, "type", [fault])
        said: dict[str, Any] = {}
        for name, cell in self._cells():
            value = NOTHING if is_blank(cell) else _value(self.into, self.row, name, cell)
            if value is not NOTHING and value is not WITHDRAWN:
                said[name] = value
        if len(self.into.faults) > before:
            return
        self.into.change(self.row, self.key, "type", (CellAction.CREATE, None, edit.type))
        for name, value in said.items():
            self.into.change(self.row, self.key, name, (CellAction.CREATE, None, value))
        whole = SetRelationship(
            source=edit.source, type=edit.type, target=edit.target, attributes=said
        )
        self.into.create(self.row, whole)

    def update(self, edit: SetRelationship, now: Relationship, was: Relationship) -> None:
        before = len(self.into.faults)
        said: dict[str, Any] = {}
        withdrawn: set[str] = set()
        in_conflict = False
        for name, _ in self._cells():
            spoken = Spoken(
                key=self.key,
                record=now.id,
                attribute=name,
                definition=RELATIONSHIP_ATTRIBUTES[name],
                now=self._shown(now, name),
                was=self._shown(was, name),
            )
            value, is_open = self.into.asked(
                self.row, name, spoken, partial(_value, self.into, self.row, name)
            )
            in_conflict = in_conflict or is_open
            if value is WITHDRAWN:
                withdrawn.add(name)
            elif value is not NOTHING:
                said[name] = value
        if len(self.into.faults) > before:
            return
        if not said and not withdrawn:
            self.into.unchanged_count += not in_conflict
        elif now.presence is Presence.RETIRED:
            message = f"{self.key} is retired"
            remedy = "for it to exist again, empty its id and revision"
            self.into.fault("RELATIONSHIP_RETIRED", self.row, "source", message, remedy)
        else:
            whole = SetRelationship(
                source=edit.source,
                type=edit.type,
                target=edit.target,
                attributes=said,
                is_partial=True,
                withdraw=frozenset(withdrawn),
            )
            self.into.update(self.row, whole)

    def _cells(self) -> list[tuple[str, Cell]]:
        return [(name, self.row.cells[name]) for name in self.row.cells if name in _ATTRIBUTES]

    def _shown(self, found: Relationship, name: str) -> Any:  # noqa: ANN401 - JSON or ABSENT
        """Return what an export says: its own, or what its type has for those that say nothing."""
        row = self.vocabulary.relationship_types.get(found.type)
        own = found.attributes.get(name, ABSENT)
        if row is None or own not in (ABSENT, None):
            return own
        if name == "strength":
            return str(row.strength)
        return [str(each) for each in row.channels] if name == "channels" else own


_ATTRIBUTES = frozenset(RELATIONSHIPS.open)


def _value(into: CellReading, row: FileRow, name: str, cell: Cell) -> Any:  # noqa: ANN401 - JSON
    return _fitted(into, row, name, cell, RELATIONSHIP_ATTRIBUTES[name])


def _fitted(
    into: CellReading, row: FileRow, name: str, cell: Cell, definition: AttributeDefinition
) -> Any:  # noqa: ANN401 - JSON
    written = into.written(row, name, cell, definition)
    if written is NOTHING or written is WITHDRAWN:
        return written
    found = fitted(definition, written, from_text=written != "")
    if isinstance(found, Misfit):
        fault = faulty("INVALID_VALUE", Place("cell"), found, f"{name}:")
        into.fault_all(row, name, [fault])
        return NOTHING
    return found


def _read_group(
    into: CellReading, row: FileRow, group: str, known: tuple[CI | None, CI | None]
) -> None:
    ci, was = known
    before = len(into.faults)
    key, attribute = f"{row.text('dependant')} {group}", f"{GROUP_PREFIX}{group}"
    rules, past = _rules(ci, attribute), _rules(was, attribute)
    asked: dict[str, Any] = {}
    in_conflict = False
    for name in [each for each in row.cells if each in GROUP_RULES]:
        spoken = Spoken(
            key=key,
            record=ci.id if ci else "",
            attribute=attribute,
            definition=GROUP_RULES[name],
            now=rules.get(name),
            was=past.get(name),
        )
        value, is_open = into.asked(row, name, spoken, partial(_rule, into, row, name))
        in_conflict = in_conflict or is_open
        if value is not NOTHING:
            asked[name] = value
    if len(into.faults) > before:
        return
    is_new = not row.text("revision") and (ci is None or ci.attributes.get(attribute) is None)
    if not asked and not is_new:
        into.unchanged_count += not in_conflict
        return
    if ci and ci.presence is Presence.RETIRED:
        remedy = "bring it back first, or undo the edit"
        into.fault("CI_RETIRED", row, "dependant", f"{ci.key} is retired", remedy)
        return
    whole = {name: each for name, each in {**rules, **asked}.items() if each is not None}
    edit = SetRedundancyGroup(dependant=EditRef(key=row.text("dependant")), name=group, rules=whole)
    if is_new:
        into.change(row, key, "group", (CellAction.CREATE, None, group))
        into.create(row, edit)
    else:
        into.update(row, edit)


def _rule(into: CellReading, row: FileRow, name: str, cell: Cell) -> Any:  # noqa: ANN401 - JSON
    value = _fitted(into, row, name, cell, GROUP_RULES[name])
    if value is WITHDRAWN:
        message = "the rules of a group are stated and withdrawn together"
        remedy = f"write <clear>, or withdraw {GROUP_PREFIX}{row.text('group')} of the CI"
        into.fault("INVALID_VALUE", row, name, message, remedy)
        return NOTHING
    return value


def _rules(ci: CI | None, attribute: str) -> Mapping[str, Any]:
    rules = ci.attributes.get(attribute) if ci else None
    return rules if isinstance(rules, Mapping) else {}
