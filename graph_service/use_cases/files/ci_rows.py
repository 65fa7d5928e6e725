"""Sheets that come back → rows about CIs, and everything about their shape that is wrong."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graph_service.model.errors import Fault
from graph_service.model.place import Place
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.use_cases.files.ci_table import FIELDS
from graph_service.use_cases.files.columns import CellValue
from graph_service.use_cases.files.tables import Cell, Sheet, SheetRow, letters
from graph_service.use_cases.files.xlsx_reading import merged_cells
from graph_service.use_cases.files.xlsx_writing import README, VALUES

HEADER_ROWS = 10
"""How far down a header is looked for."""

_PASSED_OVER = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class CIRow:
    """A row about a CI: what stands in its cells, by the name of the column."""

    sheet: Sheet
    number: int
    is_hidden: bool
    columns: Mapping[str, int]
    cells: Mapping[str, Cell]

    def address(self, column: str) -> str:
        """Return what people call a cell of it; the row's first, where it has no such column."""
        number = self.columns.get(column) or next(iter(self.columns.values()))
        return self.sheet.address(self.number, number)

    def text(self, column: str) -> str:
        """Return an identifying cell as text."""
        cell = self.cells.get(column)
        return "" if cell is None else as_text(cell.value).strip()


@dataclass(slots=True)
class CIRows:
    """What a file says about CIs. With faults nothing of it is to be believed."""

    document: str
    rows: list[CIRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fault(self, code: str, spot: str, message: str, remedy: str) -> None:
        """Add a fault at a cell."""
        place = Place(self.document, spot)
        self.faults.append(Fault(code=code, message=message, place=place, remedy=remedy))


def as_text(value: CellValue) -> str:
    """Return a cell as the text somebody meant: a number without the digits it does not need."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def rows_of(sheets: Sequence[Sheet], document: str, attributes: Collection[str]) -> CIRows:
    """Return the rows about CIs of all sheets that have such."""
    found = CIRows(document)
    seen = 0
    for sheet in sheets:
        if sheet.name in {README, VALUES}:
            continue
        if sheet.is_hidden:
            found.notes.append(f"sheet {sheet.name} is hidden, so it was not read")
            continue
        header = _header_of(sheet)
        if header is None:
            if sheet.rows:
                found.notes.append(f"sheet {sheet.name} has no column key or id: passed over")
            continue
        seen += 1
        _read(found, sheet, header, attributes)
    if not seen:
        message = "no sheet has a column called key or id"
        remedy = "begin with a file that graph-service export cis wrote"
        found.fault("NO_HEADER", "", message, remedy)
    return found


def _header_of(sheet: Sheet) -> SheetRow | None:
    for row in sheet.rows[:HEADER_ROWS]:
        names = {as_text(each.value).strip().casefold() for each in row.cells.values()}
        if names & {"key", "id"} or names >= {"name", "class"}:
            return row
    return None


def _read(found: CIRows, sheet: Sheet, header: SheetRow, attributes: Collection[str]) -> None:
    columns = _columns(found, sheet, header, attributes)
    taken = {number: name for name, number in columns.items()}
    nameless: set[int] = set()
    passed = {
        number
        for number, cell in header.cells.items()
        if as_text(cell.value).strip().startswith(_PASSED_OVER)
    }
    for row in sheet.rows:
        if row.number <= header.number:
            continue
        for number in row.cells.keys() - taken.keys() - passed - header.cells.keys() - nameless:
            nameless.add(number)
            spot = sheet.address(row.number, number)
            message = f"column {letters(number)} has no name, and something in it"
            found.fault("UNKNOWN_COLUMN", spot, message, "name it, or empty it")
        cells = {taken[each]: cell for each, cell in row.cells.items() if each in taken}
        if cells:
            for name, cell in cells.items():
                _judge(found, sheet.address(row.number, columns[name]), cell)
            found.rows.append(
                CIRow(
                    sheet=sheet,
                    number=row.number,
                    is_hidden=row.is_hidden,
                    columns=columns,
                    cells=cells,
                )
            )
    _judge_merged(found, sheet, header.number, {*taken})


def _columns(
    found: CIRows, sheet: Sheet, header: SheetRow, attributes: Collection[str]
) -> dict[str, int]:
    known = {each.casefold(): each for each in (*attributes, *FIELDS)}
    columns: dict[str, int] = {}
    for number, cell in header.cells.items():
        spot = sheet.address(header.number, number)
        text = as_text(cell.value).strip()
        if not text or text.startswith(_PASSED_OVER):
            continue
        name = known.get(text.casefold(), "")
        if not name:
            near = nearest(text, known.values())
            hint = f"did you mean {' or '.join(near)}? " if near else ""
            remedy = f"{hint}begin the name with # to have the column passed over"
            found.fault("UNKNOWN_COLUMN", spot, f"there is no attribute {text[:60]!r}", remedy)
        elif name in columns:
            message = f"the column {name} is here twice"
            found.fault("DUPLICATE_COLUMN", spot, message, "delete one, or begin its name with #")
        else:
            columns[name] = number
    return columns


def _judge(found: CIRows, spot: str, cell: Cell) -> None:
    if cell.formula is not None:
        formula = f"={cell.formula}"[:60] if cell.formula else "a formula"
        message = f"this is computed by {formula}, which last came to {as_text(cell.value)[:60]!r}"
        found.fault("FORMULA", spot, message, "copy it and paste it as a value")
    elif cell.is_error:
        message = f"this is the error {as_text(cell.value)[:20]}"
        found.fault("CELL_ERROR", spot, message, "write a value, or empty the cell")


def _judge_merged(found: CIRows, sheet: Sheet, header: int, columns: set[int]) -> None:
    for top, bottom, left, right in _ranges(sheet, columns):
        if bottom >= header:
            spot = sheet.address(top, left)
            message = f"{letters(left)}{top}:{letters(right)}{bottom} are merged into one cell"
            remedy = "unmerge them, and fill in each cell that is meant"
            found.fault("MERGED_CELLS", spot, message, remedy)


def _ranges(sheet: Sheet, columns: set[int]) -> Iterator[tuple[int, int, int, int]]:
    for top, bottom, left, right in merged_cells(sheet.merged):
        if any(left <= each <= right for each in columns):
            yield top, bottom, left, right
