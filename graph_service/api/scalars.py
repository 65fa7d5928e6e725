"""Values that GraphQL has no name for."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NewType

import orjson
import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

RevisionNumber = NewType("RevisionNumber", int)
Instant = NewType("Instant", str)
Minutes = NewType("Minutes", float)
Digest = NewType("Digest", str)
Json = NewType("Json", object)
IntColumn = NewType("IntColumn", Sequence[int])
TextColumn = NewType("TextColumn", Sequence[str])

_REVISION_MAX = 2**53 - 1
_DURATION = re.compile(
    r"P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?"
)
_MINUTES_OF = (7 * 24 * 60, 24 * 60, 60, 1, 1 / 60)


def as_instant(text: str) -> Instant:
    """Mark a stored instant, which is RFC 3339 already."""
    return Instant(text)


def _unchanged(value: Any) -> Any:  # noqa: ANN401 - passes any value on
    return value


def _utc(value: object) -> str:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _instant(value: object) -> str:
    if not isinstance(value, str):
        raise GraphQLError("an instant is text, for example 2026-11-24T20:45:00Z")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise GraphQLError(f"{value[:100]!r} is not an instant (RFC 3339)") from error
    if moment.tzinfo is None:
        raise GraphQLError(f"{value!r} has no offset from UTC; end it in Z or +02:00")
    return _utc(moment)


def _revision(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _REVISION_MAX:
        raise GraphQLError("a revision is a whole number, 0 to 2^53 - 1")
    return value


def _minutes(value: object) -> float:
    """Read minutes from a number or from ISO 8601 text without years and months."""
    if isinstance(value, str):
        match = _DURATION.fullmatch(value)
        if match is None or not any(match.groups()):
            raise GraphQLError(f"{value[:100]!r} is not a length of time such as PT4H30M")
        return sum(
            int(part or 0) * each for part, each in zip(match.groups(), _MINUTES_OF, strict=True)
        )
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 <= value < float("inf")
    ):
        raise GraphQLError(
            "a length of time is a number of minutes, not negative, or text like PT4H"
        )
    return float(value)


def _json(value: object) -> object:
    """Read a value that can be kept: finite, of 64 bits at most, not nested without end."""
    try:
        kept: object = orjson.loads(orjson.dumps(value))
    except TypeError as error:
        raise GraphQLError(f"this value cannot be kept: {error}") from error
    if kept != value:
        raise GraphQLError("this value cannot be kept: a number in it is not finite")
    return value


def _out_only(_: object) -> object:
    raise GraphQLError("this is not an input")


SCALARS: dict[object, ScalarDefinition] = {
    RevisionNumber: strawberry.scalar(
        name="RevisionNumber",
        description="Number of a revision: a whole number, 0 to 2^53 - 1.",
        serialize=_unchanged,
        parse_value=_revision,
    ),
    Instant: strawberry.scalar(
        name="DateTime",
        description="Instant, RFC 3339, always UTC with Z and at most milliseconds. Input with "
        "another offset is converted; without one it is refused.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=_utc,
        parse_value=_instant,
    ),
    Minutes: strawberry.scalar(
        name="Minutes",
        description="Length of time in minutes: a number out; a number or ISO 8601 text (PT4H, "
        "P3D, never years or months) in. Not negative.",
        serialize=_unchanged,
        parse_value=_minutes,
    ),
    Digest: strawberry.scalar(
        name="Digest",
        description="SHA-256 in lower-case hexadecimal.",
        serialize=_unchanged,
        parse_value=str,
    ),
    Json: strawberry.scalar(
        name="JSON", description="Any JSON value.", serialize=_unchanged, parse_value=_json
    ),
    IntColumn: strawberry.scalar(
        name="IntColumn",
        description="One JSON array of whole numbers, one element a row, -1 where there is none.",
        serialize=_unchanged,
        parse_value=_out_only,
    ),
    TextColumn: strawberry.scalar(
        name="TextColumn",
        description="One JSON array of texts, one element a row.",
        serialize=_unchanged,
        parse_value=_out_only,
    ),
}
