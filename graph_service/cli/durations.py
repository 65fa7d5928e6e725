"""Lengths of time as people type them."""

import re
from datetime import timedelta

import typer
from pydantic import TypeAdapter, ValidationError

_ISO = TypeAdapter(timedelta)
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_MINUTES = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_SHORT = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?[wdhms])+")
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)([wdhms])")


def duration(text: str) -> timedelta:
    """Read ``90`` (minutes), ``30m``, ``1h30m``, ``2d`` or ISO 8601 (``PT4H``)."""
    typed = text.strip()
    try:
        if _MINUTES.fullmatch(typed):
            return timedelta(minutes=float(typed))
        if _SHORT.fullmatch(typed.lower()):
            parts = _PART.findall(typed.lower())
            return sum(
                (timedelta(**{_UNITS[unit]: float(number)}) for number, unit in parts),
                timedelta(),
            )
        if typed.upper().startswith("P"):
            return _ISO.validate_python(typed.upper())
    except (ValidationError, OverflowError):
        pass
    raise typer.BadParameter(f"{text!r} is not a length of time; write 30m, 1h30m, 2d or PT4H")
