"""What a file that comes back holds: sheets of rows of cells, each with its address."""

from dataclasses import dataclass, field

from graph_service.use_cases.files.columns import CellValue

CELLS_MAX = 3_000_000
"""Most cells that one file may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell that holds something; ``value`` of a formula is what it last came to."""

    value: CellValue
    formula: str | None = None
    is_error: bool = False
    is_percent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """A row that holds something; cells by the number of their column, from 1."""

    number: int
    is_hidden: bool = False
    cells: dict[int, Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet. A hidden one is not read: nobody saw what is in it. A CSV file is one of no name."""

    name: str
    is_hidden: bool = False
    rows: list[SheetRow] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)

    def address(self, row: int, column: int) -> str:
        """Return what people call a cell: ``CIs!F17``."""
        spot = f"{letters(column)}{row}"
        return f"{self.name}!{spot}" if self.name else spot


def letters(column: int) -> str:
    """Return the letters of a column's number, from 1."""
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
