"""A file of CIs that people edited comes back: a plan of its cells, then one revision."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from graph_service.model.condition import TAG_PREFIX
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta
from graph_service.model.edit import CreateCi
from graph_service.model.errors import Fault, InvalidInputError, NotFoundError
from graph_service.model.ids import IdGenerator, new_id
from graph_service.model.place import Place
from graph_service.model.revision import Actor, LogEntry
from graph_service.model.vocabulary import Vocabulary
from graph_service.store import GraphStore
from graph_service.use_cases.editing.edit_preview import EditWarning
from graph_service.use_cases.editing.edit_result import EditResult
from graph_service.use_cases.editing.editing import Editing
from graph_service.use_cases.files.ci_table import TAGS, definitions_of
from graph_service.use_cases.files.csv_reading import sheet_of
from graph_service.use_cases.files.file_rows import FileRows, rows_of
from graph_service.use_cases.files.open_tables import GROUPS, RELATIONSHIPS, ci_table
from graph_service.use_cases.files.workbook_cells import CellReading
from graph_service.use_cases.files.workbook_meaning import Meaning, revision_of
from graph_service.use_cases.files.workbook_plan import (
    PLAN_PREFIX,
    WORKBOOK_PLAN,
    CellConflict,
    Resolutions,
    WorkbookPlan,
    applied,
    from_record,
    to_record,
    unmatched,
)
from graph_service.use_cases.files.workbook_reading import CIReading, Known
from graph_service.use_cases.files.workbook_relations import read_groups, read_relationships
from graph_service.use_cases.files.xlsx_reading import sheets_of
from graph_service.use_cases.inventory.references import keys_like

_EDIT = re.compile(r"edits\[(\d+)\](?:\.\w+)?")
_WARNINGS_MAX = 50
_NEAR_MAX = 20
"""New rows for which keys that look like theirs are looked up."""


class Workbooks:
    """Plans what files that come back ask for, keeps the plans, and applies them."""

    def __init__(
        self,
        store: GraphStore,
        vocabulary: Vocabulary,
        editing: Editing,
        *,
        clock: Callable[[], datetime],
        new_id: IdGenerator = new_id,
    ) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._editing = editing
        self._clock = clock
        self._new_id = new_id

    async def plan(
        self, content: bytes, document: str, resolutions: Resolutions, *, actor: Actor
    ) -> WorkbookPlan:
        """Say what a file would change, cell by cell, and keep it.

        A cell counts as changed when it shows something else than its row did when it was exported.
        If the estate says something else by now as well, the two are in conflict until
        ``resolutions`` choose. A row that is not there asks for nothing, nor does an empty cell.

        Raises:
            InvalidInputError: Everything wrong with the file, each fault at its cell.

        """
        definitions = definitions_of(self._vocabulary)
        is_text = not content.startswith(b"PK") and document.lower().endswith((".csv", ".txt"))
        rows = await asyncio.to_thread(_opened, content, document, is_text, {*definitions})
        head = await self._store.head()
        reading = CellReading(resolutions, document, is_text, faults=rows.faults, notes=rows.notes)
        await self._read(rows, reading, head.revision)
        if not reading.faults:
            await self._try_out(reading, actor)
        if reading.faults:
            raise InvalidInputError(_in_order(reading.faults))
        plan = WorkbookPlan(
            id=self._new_id(PLAN_PREFIX),
            document=document,
            base_revision=head.revision,
            edits=tuple(reading.edits),
            changes=tuple(reading.changes),
            conflicts=await self._explained(reading, rows),
            row_count=len(rows.rows),
            created_count=reading.created_count,
            updated_count=reading.updated_count,
            unchanged_count=reading.unchanged_count,
            notes=(*reading.notes, *_hidden(reading)),
        )
        if strangers := unmatched(resolutions, plan.conflicts):
            raise InvalidInputError([_no_conflict(each, plan.conflicts) for each in strangers])
        await self._keep(plan, actor)
        return plan

    async def kept(self, plan_id: str) -> WorkbookPlan:
        """Return a plan that was kept.

        Raises:
            NotFoundError: There is none of this id.

        """
        record = await self._store.record(WORKBOOK_PLAN, plan_id)
        if record is None:
            raise NotFoundError("workbook plan", plan_id)
        return from_record(record)

    async def apply(self, plan_id: str, *, actor: Actor, reason: str) -> EditResult:
        """Do what a plan says as one revision; done already, return what came of it.

        Raises:
            NotFoundError: There is no such plan.
            InvalidInputError: Somebody has to choose first, or the edits do not fit any more.
            StaleRevisionError: What it touches changed since it was made: plan again.

        """
        plan = await self.kept(plan_id)
        if plan.open_conflicts:
            raise InvalidInputError([_undecided(plan, each) for each in plan.open_conflicts])
        if plan.applied_in is not None:
            return EditResult(revision=plan.applied_in, changed=True, replayed=True)
        result = await self._editing.edit(
            plan.edits,
            actor=actor,
            reason=reason,
            expected_revision=plan.base_revision,
            idempotency_key=plan.id,
        )
        if result.changed:
            await self._keep(applied(plan, result.revision), actor)
        return result

    async def _keep(self, plan: WorkbookPlan, actor: Actor) -> None:
        head = await self._store.head()
        delta = GraphDelta(based_on=head.revision, actor=actor, records=(to_record(plan),))
        await self._store.apply(delta)

    async def _read(self, rows: FileRows, reading: CellReading, newest: int) -> None:
        """Read rows against what there is, those of new records too."""
        cis = rows.of(ci_table(()))
        meant = await Meaning.of(self._store, rows, cis, newest)
        reader = CIReading(self._vocabulary, definitions_of(self._vocabulary), reading)
        near = 0
        for row in cis:
            ci = meant.ci(row)
            if ci is None and not meant.is_lost(row):
                before = len(reading.edits)
                reader.create(row)
                if (key := row.text("key")) and len(reading.edits) > before and near < _NEAR_MAX:
                    near += 1
                    if like := await keys_like(self._store, key):
                        spot = row.address("key")
                        reading.notes.append(f"{spot}: {key} is new; there is {', '.join(like)}")
            elif ci:
                reader.update(row, Known(ci=ci, was=meant.was(row, ci)))
        created = {each.key for each in reading.edits if isinstance(each, CreateCi) and each.key}
        await read_relationships(
            self._store, self._vocabulary, rows, reading, created=created, newest=newest
        )
        await read_groups(self._store, rows, reading, created=created, newest=newest)

    async def _try_out(self, reading: CellReading, actor: Actor) -> None:
        """Do the edits on a draft, for what only all of them together show to be wrong or odd."""
        if len(reading.edits) > DELTA_RECORDS_MAX:
            place = Place(reading.document)
            message = f"this changes {len(reading.edits):,} records"
            remedy = f"at most {DELTA_RECORDS_MAX:,} fit in a revision: split it into several files"
            fault = Fault(code="TOO_MANY_EDITS", message=message, place=place, remedy=remedy)
            reading.faults.append(fault)
            return
        if not reading.edits:
            return
        done = await self._editing.preview(reading.edits, actor=actor)
        for fault in done.faults:
            found = _EDIT.search(fault.place.path)
            row = reading.rows[int(found[1]) if found else 0]
            last = fault.place.path.rpartition(".")[2]
            column = last if last in row.columns else "key"
            place = Place(reading.document, row.address(column))
            reading.faults.append(replace(fault, place=place))
        reading.notes += _warned(reading, done.warnings)

    async def _explained(self, reading: CellReading, rows: FileRows) -> tuple[CellConflict, ...]:
        """Return conflicts with who changed the estate's value, and when."""
        if not reading.conflicts:
            return ()
        exported = [number for row in rows.rows if (number := revision_of(row.text("revision")))]
        records = {each.record for each in reading.spoken.values()}
        entries: dict[str, list[LogEntry]] = {}
        for each in await self._store.entries_of([*records], after=min(exported, default=0)):
            entries.setdefault(str(each.record_id), []).append(each)
        by_cell = {}
        for cell, spoken in reading.spoken.items():
            for entry in entries.get(spoken.record, ()):
                if _touches(entry.before, spoken.attribute):
                    by_cell[cell] = entry.revision
        told = {}
        for number in {*by_cell.values()}:
            told[number] = (await self._store.revisions(after=number - 1, limit=1))[0]
        return tuple(
            replace(
                each,
                changed_by=told[by_cell[each.cell]].actor.name,
                changed_at=told[by_cell[each.cell]].at,
                changed_in=by_cell[each.cell],
            )
            if each.cell in by_cell
            else each
            for each in reading.conflicts
        )


def _touches(before: Mapping[str, Any], column: str) -> bool:
    """Whether a log entry with these old values changed what a column shows."""
    if column in {"name", "class"}:
        return column in before
    changed = {*before.get("attributes", ()), *before.get("absent", ())}
    return column in changed or (
        column == TAGS and any(each.startswith(TAG_PREFIX) for each in changed)
    )


def _opened(content: bytes, document: str, is_text: bool, attributes: set[str]) -> FileRows:  # noqa: FBT001 - for a thread
    if is_text:
        names = {*ci_table(attributes).names, *RELATIONSHIPS.names, *GROUPS.names}
        sheet, notes = sheet_of(content, document, names)
        rows = rows_of([sheet], document, attributes)
        rows.notes[:0] = notes
        return rows
    return rows_of(sheets_of(content, document), document, attributes)


def _warned(reading: CellReading, warnings: Sequence[EditWarning]) -> list[str]:
    """Return what to know before it is done, an edit called by its row."""

    def spot(found: re.Match[str]) -> str:
        return reading.rows[int(found[1])].address("key")

    texts = [_EDIT.sub(spot, each.message) for each in warnings]
    named = [
        f"{each.subject}: {text}" if each.subject and each.subject not in text else text
        for each, text in zip(warnings, texts, strict=True)
    ]
    left = len(named) - _WARNINGS_MAX
    return [*named[:_WARNINGS_MAX], *([f"… and {left:,} more like these"] if left > 0 else ())]


def _hidden(reading: CellReading) -> list[str]:
    hidden = sorted({each.number for each in reading.rows if each.is_hidden})
    if not hidden:
        return []
    shown = ", ".join(map(str, hidden[:10])) + (" …" if len(hidden) > 10 else "")  # noqa: PLR2004 - a line
    return [f"{len(hidden)} of the changed rows are hidden or filtered away: {shown}"]


def _in_order(faults: Sequence[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda each: (each.place.document, len(each.place.path)))


def _undecided(plan: WorkbookPlan, conflict: CellConflict) -> Fault:
    return Fault(
        code="CONFLICT",
        message=f"{conflict.key} {conflict.column} was changed here and in the estate",
        place=Place(plan.document, conflict.cell),
        remedy="plan again, and choose MINE or THEIRS for this cell",
    )


def _no_conflict(cell: str, conflicts: Sequence[CellConflict]) -> Fault:
    cells = ", ".join(each.cell for each in conflicts[:10]) or "none"
    return Fault(
        code="NO_CONFLICT",
        message=f"there is nothing to choose at {cell[:60]!r}",
        place=Place("input", "resolutions"),
        remedy=f"cells in conflict: {cells}",
    )
