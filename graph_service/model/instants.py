"""Instants: aware datetimes inside, RFC 3339 in UTC with milliseconds wherever they are kept."""

from datetime import UTC, datetime


def instant_text(at: datetime) -> str:
    """Write an instant as ``2026-03-01T12:00:00.000Z``; texts sort as the instants do."""
    assert at.tzinfo is not None, "an instant without a time zone is none"  # noqa: S101 - invariant
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
