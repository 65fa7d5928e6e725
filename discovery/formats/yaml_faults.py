"""What the YAML parser complains of, in the words of whoever wrote the document."""

import re
from collections.abc import Sequence
from typing import Any

from discovery.formats.text_encoding import spot
from graph_service import Fault, Place

_TEMPLATE = re.compile(rb"\{\{|\{%")
_LIMITS = {
    "UNKNOWN_ALIAS": "name it by & before it is used, or put the text into quotes",
    "ALIAS_CYCLE": "write out what is meant",
    "ALIAS_BOMB": "write out what is meant; what unfolds without end is not read",
    "TOO_DEEP": "write it flatter",
}
_RENDER = "render it first, as with `helm template`, and read what comes out"


class UnreadableYamlError(Exception):
    """Reading cannot go on after ``fault``. Never leaves the collectors."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def syntax_fault(error: Exception, content: bytes, document: str, first_line: int = 0) -> Fault:
    """Say what stands in the way; ``first_line`` is how many lines stand before the content."""
    line, column = _position(error, content)
    template = template_spot(content, line)
    if template:
        return template_fault(Place(document, "", template[0] + first_line, template[1]))
    problem = str(getattr(error, "problem", "") or getattr(error, "reason", "") or "not YAML")
    context = getattr(error, "context", None)
    return Fault(
        code="NOT_YAML",
        message=f"not readable as YAML: {f'{context}, ' if context else ''}{problem}",
        place=Place(document, "", line + first_line, column),
        remedy=_remedy(problem, content, line, column),
    )


def stopping_fault(code: str, message: str, place: Place) -> Fault:
    """Say which limit ends the reading."""
    return Fault(code=code, message=message, place=place, remedy=_LIMITS[code])


def template_fault(place: Place) -> Fault:
    """Say that this is a template, not yet a document."""
    return Fault(
        code="TEMPLATE", message="this is a template, not YAML yet", place=place, remedy=_RENDER
    )


def template_spot(content: bytes, line: int) -> tuple[int, int] | None:
    """Return line and column of the last template expression at or before a line."""
    end = 0
    for _ in range(line):
        end = content.find(b"\n", end) + 1 or len(content)
    found = [each.start() for each in _TEMPLATE.finditer(content, 0, end)]
    return spot(content, found[-1]) if found and _unquoted(content, found[-1]) else None


def _unquoted(content: bytes, offset: int) -> bool:
    start = content.rfind(b"\n", 0, offset) + 1
    before = content[start:offset]
    return before.count(b'"') % 2 == 0 and before.count(b"'") % 2 == 0 and b"#" not in before


def _position(error: Any, content: bytes) -> tuple[int, int]:  # noqa: ANN401 - untyped parser errors
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return mark.line + 1, mark.column + 1
    offset = getattr(error, "position", None)
    return spot(content, min(offset or 0, len(content)))


def _remedy(problem: str, content: bytes, line: int, column: int) -> str:
    lines: Sequence[bytes] = content.split(b"\n", line)[:line]
    text = lines[-1].decode(errors="replace") if lines else ""
    if "\t" in text[: len(text) - len(text.lstrip())]:
        return "indent with spaces, never with tabs"
    last = content.rstrip().count(b"\n") + 1
    if line > last or (line == last and column > len(text.rstrip())):
        return "the document ends here: is it cut off?"
    if "mapping values are not allowed" in problem:
        return "check the indentation, and put text that has a colon and a space into quotes"
    if "cannot start any token" in problem:
        return "put text that begins with @, `, % or * into quotes"
    return "check the indentation, quotes and brackets on this line and just before it"
