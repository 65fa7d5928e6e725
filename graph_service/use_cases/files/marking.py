"""A copy of somebody's workbook with the cells marked that are wrong, and why in a comment."""

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from graph_service.use_cases.files.xlsx_parts import refused

COPIED_BYTES_MAX = 20_000_000
"""A copy is made in memory; larger files are not copied."""

_RED = PatternFill("solid", start_color="FFFFC7CE", end_color="FFFFC7CE")
_AUTHOR = "Graph Service"
_SPOT = re.compile(r"(?:(.*)!)?([A-Z]{1,3}[0-9]{1,7})")
_COMMENT_MAX = 1_000


def marked(content: bytes, said: Sequence[tuple[str, str, str]]) -> bytes:
    """Return the copy; ``said`` are the cells, each with what is wrong and what to do about it.

    Raises:
        InvalidInputError: It is no workbook in which cells can be marked, or too large a one.

    """
    if not content.startswith(b"PK"):
        remedy = "save it as .xlsx, or read the messages"
        raise refused("--marked", "only cells of a workbook can be marked", remedy)
    if len(content) > COPIED_BYTES_MAX:
        message = f"a workbook of more than {COPIED_BYTES_MAX // 10**6} MB is not copied"
        raise refused("--marked", message, "read the messages, or split it")
    book: Any = load_workbook(BytesIO(content))
    by_cell: dict[tuple[str, str], list[str]] = {}
    for spot, message, remedy in said:
        found = _SPOT.fullmatch(spot)
        if found and found[1] in book.sheetnames:
            text = f"{message} ({remedy})" if remedy else message
            by_cell.setdefault((found[1], found[2]), []).append(text)
    for (sheet, spot), texts in by_cell.items():
        cell = book[sheet][spot]
        # Of merged cells only the first is a cell; the others cannot hold a comment.
        if not isinstance(cell, MergedCell):
            cell.fill = _RED
            cell.comment = Comment("\n".join(texts)[:_COMMENT_MAX], _AUTHOR, width=320, height=120)
    copy = BytesIO()
    book.save(copy)
    return copy.getvalue()
