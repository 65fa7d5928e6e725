"""Moments as people type them: a revision, an instant, a day, a length of time ago."""

import re
from datetime import UTC, datetime, time

import typer

from graph_service.cli.durations import duration
from graph_service.cli.shapes import Shape
from graph_service.model.instants import instant_text

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_REVISION_MAX = 2**53 - 1


def bound(text: str, option: str, *, is_end: bool = False) -> Shape | None:
    """Read a revision, an instant, a day, or a length of time before now."""
    typed = text.strip()
    if not typed:
        return None
    if typed.isdecimal() and typed.isascii():
        return {"revision": min(int(typed[:20]), _REVISION_MAX)}
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        return {"instant": instant_text(_ago(typed, option))}
    if _DAY.fullmatch(typed):
        begin = datetime.combine(at.date(), time.min, UTC)
        end = datetime.combine(at.date(), time.max, UTC)
        # Today has not ended yet; what is asked about is today so far.
        at = max(begin, min(end, datetime.now(UTC))) if is_end else begin
    elif at.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no offset from UTC; end it in Z", param_hint=option)
    return {"instant": instant_text(at)}


def _ago(typed: str, option: str) -> datetime:
    try:
        return datetime.now(UTC) - duration(typed)
    except (OverflowError, typer.BadParameter):
        raise typer.BadParameter(
            f"{typed!r} is not a revision, an instant or a length of time; write 812, 2026-03-31, "
            "2026-03-31T12:00:00Z or 2d",
            param_hint=option,
        ) from None
