"""A value of the estate as it stands in a cell, and a cell as a value again.

Whatever goes out comes back: two values that differ have cells that differ, and a cell that nobody
touched is recognised without being understood.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from graph_service.model.codec import digest
from graph_service.model.vocabulary import AttributeDefinition, AttributeType
from graph_service.use_cases.files.columns import ABSENT, CellValue

CLEAR = "<clear>"
"""Somebody states that there is none. Not the empty cell, which states nothing."""

WITHDRAW = "<withdraw>"
"""What was stated by hand is taken back, so that data sources are heard again."""

CELL_LENGTH_MAX = 32_767
"""Longest text of a cell, in UTF-16 units: what spreadsheets hold."""

EXACT_MAX = 10**15
"""Spreadsheets keep 15 digits; longer whole numbers are written as text."""

CLOSE = 1e-14
"""Two numbers nearer than this are one: what a spreadsheet that saves 15 digits leaves of one."""

_MARK = re.compile(r"'*<(?:clear|withdraw|kept [0-9,]+ characters [0-9a-f]{12})>")
_KEPT = re.compile(r"<kept [0-9,]+ characters [0-9a-f]{12}>")
_FIRST_DAY = date(1900, 3, 1)
_LAST_YEAR = 9998
_PLAIN_ITEM = re.compile(r"[^;\s\[\]'<>\"](?:[^;\r\n\t]*[^;\s])?")
_NUMBERS = {AttributeType.INTEGER, AttributeType.DECIMAL, AttributeType.MINUTES}


def cell_of(definition: AttributeDefinition, value: Any) -> CellValue:  # noqa: ANN401 - JSON or ABSENT
    """Return a value as it stands in a cell; a value its definition does not fit is JSON text."""
    if value is ABSENT:
        return None
    if value is None:
        return CLEAR
    if definition.list and isinstance(value, list):
        return _bounded(_list_text(definition, value))
    if definition.type is AttributeType.JSON or isinstance(value, list | Mapping):
        return _bounded(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode())
    if isinstance(value, bool | int | float):
        return _number(definition, value)
    return _text(definition, str(value))


def _number(definition: AttributeDefinition, value: float | bool) -> CellValue:  # noqa: FBT001 - a value
    if isinstance(value, bool):
        return value if definition.type is AttributeType.BOOLEAN else str(value).lower()
    if definition.type not in _NUMBERS:
        return str(value)
    return str(value) if isinstance(value, int) and abs(value) >= EXACT_MAX else value


def _text(definition: AttributeDefinition, text: str) -> CellValue:
    match definition.type:
        case AttributeType.DATE:
            return _day(text) or _bounded(text)
        case AttributeType.INSTANT:
            return _moment(text) or _bounded(text)
    if not text:
        return '""'
    return _bounded(f"'{text}" if _MARK.fullmatch(text) or text.strip("'") == '""' else text)


def _bounded(text: str) -> str:
    """Return a text, or in place of one that no cell holds how long it is and which it was."""
    is_long = len(text.encode("utf-16-le", "surrogatepass")) // 2 > CELL_LENGTH_MAX
    if is_long or "\ufffe" in text or "\uffff" in text:
        return f"<kept {len(text):,} characters {digest(text)[:12]}>"
    return text


def is_kept(cell: CellValue) -> bool:
    """Whether a cell stands for a text that no cell holds."""
    return isinstance(cell, str) and _KEPT.fullmatch(cell) is not None


def _list_text(definition: AttributeDefinition, values: list[Any]) -> str:
    """Write ``a; b`` where that can be read again, JSON where it cannot."""
    texts = [each for each in values if isinstance(each, str) and _PLAIN_ITEM.fullmatch(each)]
    if definition.type in _NUMBERS:
        texts = [str(each) for each in values if not isinstance(each, bool)]
    if len(texts) == len(values) and texts and definition.type is not AttributeType.JSON:
        return "; ".join(texts)
    return orjson.dumps(values).decode()


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Before this day spreadsheets count days of their own.
    return day if day >= _FIRST_DAY and day.year <= _LAST_YEAR and day.isoformat() == text else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    moment = moment.astimezone(UTC).replace(tzinfo=None)
    fits = moment.microsecond == 0 and moment.date() >= _FIRST_DAY and moment.year <= _LAST_YEAR
    return moment if fits and f"{moment.isoformat()}Z" == text else None


def is_same(one: CellValue, other: CellValue) -> bool:
    """Whether two cells say the same, however the program between them wrote it down."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other or math.isclose(one, other, rel_tol=CLOSE)
    if isinstance(one, str) and isinstance(other, str):
        return _lines(one) == _lines(other)
    one, other = _as_moment(one), _as_moment(other)
    return type(one) is type(other) and one == other


def _as_moment(cell: CellValue) -> CellValue:
    """Return a day as its first moment: in a cell the two are one number."""
    is_day = isinstance(cell, date) and not isinstance(cell, datetime)
    return datetime.combine(cell, datetime.min.time()) if is_day else cell  # type: ignore[arg-type] # a day, as just seen


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def value_in(definition: AttributeDefinition, cell: CellValue) -> Any:  # noqa: ANN401 - what ``fitted`` is given
    """Return what ``fitted`` is to make of a cell that somebody wrote."""
    if isinstance(cell, str):
        return _written_text(definition, cell)
    one = _typed(definition, cell)
    return [one] if definition.list else one


def _typed(definition: AttributeDefinition, cell: CellValue) -> Any:  # noqa: ANN401 - as above
    match cell:
        case datetime():
            return _written_moment(definition, cell)
        case date():
            is_instant = definition.type is AttributeType.INSTANT
            return f"{cell.isoformat()}{'T00:00:00Z' * is_instant}"
        case timedelta():
            return cell / timedelta(minutes=1)
        case int() | float() if definition.type is AttributeType.TEXT:
            return str(cell).lower() if isinstance(cell, bool) else _digits(cell)
    return cell


def _written_moment(definition: AttributeDefinition, moment: datetime) -> str:
    if definition.type is AttributeType.DATE and moment.time() == datetime.min.time():
        return moment.date().isoformat()
    text = moment.isoformat()
    return f"{text}Z" if definition.type is AttributeType.INSTANT else text


def _written_text(definition: AttributeDefinition, text: str) -> Any:  # noqa: ANN401 - as above
    if definition.type is AttributeType.JSON and not definition.list:
        return text
    if text == '""':
        return [] if definition.list else ""
    if text.startswith("'") and (_MARK.fullmatch(text) or text.strip("'") == '""'):
        text = text[1:]
    if definition.list and text.lstrip().startswith("["):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
    if definition.type is AttributeType.MINUTES:
        return _minutes(text)
    return text


_SPOKEN = re.compile(
    r"(?:(\d+(?:\.\d+)?)\s*d(?:ays?)?)?\s*(?:(\d+(?:\.\d+)?)\s*h(?:ours?|rs?)?)?"
    r"\s*(?:(\d+(?:\.\d+)?)\s*(?:m|min|mins|minutes?))?\.?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(\d{1,6}):([0-5]\d)(?::([0-5]\d))?")


def _minutes(text: str) -> float | str:
    """Read ``4 h``, ``1h30m``, ``90 min``, ``2:30``; leave anything else to the vocabulary."""
    said = text.strip()
    if clock := _CLOCK.fullmatch(said):
        return int(clock[1]) * 60 + int(clock[2]) + int(clock[3] or 0) / 60
    spoken = _SPOKEN.fullmatch(said)
    if spoken and any(spoken.groups()):
        days, hours, minutes = (float(each or 0) for each in spoken.groups())
        return timedelta(days=days, hours=hours, minutes=minutes) / timedelta(minutes=1)
    return text


def _digits(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(number)
