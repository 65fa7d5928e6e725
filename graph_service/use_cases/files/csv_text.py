"""CSV that no spreadsheet runs, and that reads back as it was."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime

from graph_service.use_cases.files.columns import CellValue

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a text begins that some spreadsheet would run as a formula."""

_GUARD = "'"


def csv_line(cells: Sequence[CellValue]) -> bytes:
    """Return one line; a text that begins like a formula is guarded by an apostrophe."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(
        [guarded(each) if isinstance(each, str) else plain_cell(each) for each in cells]
    )
    return text.getvalue().encode()


def plain_cell(cell: CellValue) -> str:
    """Return a cell as CSV has it, before it is guarded."""
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case datetime():
            return f"{cell.isoformat()}Z"
        case date():
            return cell.isoformat()
        case str():
            return cell
    return str(cell)


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return _GUARD + text if text.startswith((*_DANGEROUS, _GUARD)) else text


def unguarded(text: str) -> str:
    """Return what ``guarded`` was given."""
    rest = text.removeprefix(_GUARD)
    return rest if rest != text and rest.startswith((*_DANGEROUS, _GUARD)) else text
