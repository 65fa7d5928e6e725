"""Sheets that come back → rows about records, and everything wrong with their shape."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graph_service.model.errors import Fault
from graph_service.model.place import Place
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.use_cases.files.columns import CellValue
from graph_service.use_cases.files.open_tables import (
    CLOSED,
    GROUPS,
    RELATIONSHIPS,
    OpenTable,
    ci_table,
)
from graph_service.use_cases.files.tables import Cell, Sheet, SheetRow, letters
from graph_service.use_cases.files.xlsx_reading import merged_cells
from graph_service.use_cases.files.xlsx_writing import README, VALUES

HEADER_ROWS = 10
"""How far down a header is looked for."""

_PASSED_OVER = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A row about a record: what stands in its cells, by the name of the column."""

    table: str
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
class FileRows:
    """What a file says about records. With faults nothing of it is to be believed."""

    document: str
    rows: list[FileRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def of(self, table: OpenTable) -> list[FileRow]:
        """Return the rows of one list."""
        return [each for each in self.rows if each.table == table.name]

    def fault(self, code: str, spot: str, message: str, remedy: str) -> None:
        """Add a fault at a cell."""
        place = Place(self.document, spot)
        self.faults.append(Fault(code=code, message=message, place=place, remedy=remedy))


def as_text(value: CellValue) -> str:
    """Return a cell as the text somebody meant: a number without the digits it does not need."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def rows_of(sheets: Sequence[Sheet], document: str, attributes: Collection[str]) -> FileRows:
    """Return the rows of all sheets that hold a list which comes back."""
    tables = (RELATIONSHIPS, GROUPS, ci_table(attributes))
    found = FileRows(document)
    seen = 0
    for sheet in sheets:
        if sheet.name in {README, VALUES}:
            continue
        if sheet.is_hidden:
            found.notes.append(f"sheet {sheet.name} is hidden, so it was not read")
            continue
        if _is_closed(found, sheet):
            seen += 1
            continue
        header, table = _header_of(sheet, tables)
        if header is None or table is None:
            if sheet.rows:
                found.notes.append(f"sheet {sheet.name} has no column key or id: passed over")
            continue
        seen += 1
        _read(found, sheet, header, table)
    if not seen:
        message = "no sheet has a column called key or id, nor the ends of a relationship"
        remedy = "begin with a file that graph-service export workbook wrote"
        found.fault("NO_HEADER", "", message, remedy)
    return found


def _is_closed(found: FileRows, sheet: Sheet) -> bool:
    """Whether a sheet is a list that is only to read; then a fault says so."""
    for row in sheet.rows[:HEADER_ROWS]:
        names = _names(row)
        for each in CLOSED:
            if each.known_by <= names:
                message = f"this is the list {each.name}, which is only to read: {each.reason}"
                spot = sheet.address(row.number, min(row.cells))
                remedy = "take the sheet out; cis, relationships and groups come back"
                found.fault("LIST_NOT_EDITABLE", spot, message, remedy)
                return True
    return False


def _header_of(
    sheet: Sheet, tables: Sequence[OpenTable]
) -> tuple[SheetRow | None, OpenTable | None]:
    for row in sheet.rows[:HEADER_ROWS]:
        names = _names(row)
        for each in tables:
            if each.is_of(names):
                return row, each
    return None, None


def _names(row: SheetRow) -> set[str]:
    return {as_text(each.value).strip().casefold() for each in row.cells.values()}


def _read(found: FileRows, sheet: Sheet, header: SheetRow, table: OpenTable) -> None:
    columns = _columns(found, sheet, header, table)
    taken = {number: name for name, number in columns.items()}
    nameless: set[int] = set()
    passed = {
        number
        for number, cell in header.cells.items()
        if _is_passed_over(as_text(cell.value).strip(), table)
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
                FileRow(
                    table=table.name,
                    sheet=sheet,
                    number=row.number,
                    is_hidden=row.is_hidden,
                    columns=columns,
                    cells=cells,
                )
            )
    _judge_merged(found, sheet, header.number, {*taken})


def _columns(found: FileRows, sheet: Sheet, header: SheetRow, table: OpenTable) -> dict[str, int]:
    known = {each.casefold(): each for each in table.names}
    columns: dict[str, int] = {}
    for number, cell in header.cells.items():
        spot = sheet.address(header.number, number)
        text = as_text(cell.value).strip()
        if not text or _is_passed_over(text, table):
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


def _is_passed_over(name: str, table: OpenTable) -> bool:
    return name.startswith(_PASSED_OVER) or name.casefold() in {
        each.casefold() for each in table.shown
    }


def _judge(found: FileRows, spot: str, cell: Cell) -> None:
    if cell.formula is not None:
        formula = f"={cell.formula}"[:60] if cell.formula else "a formula"
        message = f"this is computed by {formula}, which last came to {as_text(cell.value)[:60]!r}"
        found.fault("FORMULA", spot, message, "copy it and paste it as a value")
    elif cell.is_error:
        message = f"this is the error {as_text(cell.value)[:20]}"
        found.fault("CELL_ERROR", spot, message, "write a value, or empty the cell")


def _judge_merged(found: FileRows, sheet: Sheet, header: int, columns: set[int]) -> None:
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
