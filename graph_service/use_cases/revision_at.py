"""Which revision an instant means."""

from datetime import UTC, datetime

from graph_service.model.instants import instant_text
from graph_service.store import EstateReader


async def revision_at(estate: EstateReader, moment: str) -> int | None:
    """Return the newest revision at or before an instant; 0 before the first; none if it is none.

    A day stands for its beginning, in UTC.
    """
    try:
        instant = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if instant.tzinfo is None:
        if "T" in moment or " " in moment:
            return None
        instant = instant.replace(tzinfo=UTC)
    wanted = instant_text(instant.astimezone(UTC))
    low, high = 0, (await estate.head()).revision
    while low < high:
        middle = (low + high + 1) // 2
        (found,) = await estate.revisions(after=middle - 1, limit=1)
        low, high = (middle, high) if found.at <= wanted else (low, middle - 1)
    return low
