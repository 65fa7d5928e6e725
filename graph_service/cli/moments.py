"""Moments as people type them: a revision, an instant, a day, a length of time ago."""

import re
from datetime import UTC, datetime, time

import typer

from graph_service.cli.durations import duration
from graph_service.cli.shapes import Shape
from graph_service.model.instants import instant_text

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_REVISION_MAX = 2**53 - 1


def moment(text: str, option: str, *, is_end: bool = False) -> Shape:
    """Read a revision, an instant, a day, or a length of time before now; nothing is none."""
    found = bound(text, option, is_end=is_end)
    if found is None:
        # An empty variable of a script must not be answered with now.
        raise typer.BadParameter("say when: 812, 2026-03-31 or 2d", param_hint=option)
    return found


def bound(text: str, option: str, *, is_end: bool = False) -> Shape | None:
    """Read a moment where nothing means that there is no bound."""
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
    return {"instant": _text(at, text, option)}


def end(text: str, option: str) -> str:
    """Read when something ends: an instant, a day (its beginning), or a length of time from now."""
    typed = text.strip()
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        try:
            return instant_text(datetime.now(UTC) + duration(typed))
        except (OverflowError, typer.BadParameter):
            raise typer.BadParameter(
                f"{text!r} is not an instant or a length of time; write 2027-01-01, "
                "2027-01-01T12:00:00Z or 2d",
                param_hint=option,
            ) from None
    return _text(at if at.tzinfo else at.replace(tzinfo=UTC), text, option)


def _text(at: datetime, typed: str, option: str) -> str:
    try:
        return instant_text(at)
    except OverflowError:
        raise typer.BadParameter(
            f"{typed!r} is not within the years 1 to 9999 in UTC", param_hint=option
        ) from None


def _ago(typed: str, option: str) -> datetime:
    try:
        return datetime.now(UTC) - duration(typed)
    except (OverflowError, typer.BadParameter):
        raise typer.BadParameter(
            f"{typed!r} is not a revision, an instant or a length of time; write 812, 2026-03-31, "
            "2026-03-31T12:00:00Z or 2d",
            param_hint=option,
        ) from None
