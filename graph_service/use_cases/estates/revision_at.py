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
    try:
        wanted = instant_text(instant)
    except OverflowError:
        return None
    return await newest_by(estate, wanted, (await estate.head()).revision)


async def newest_by(estate: EstateReader, instant: str, newest: int) -> int:
    """Return the newest revision at or before an instant, none newer than ``newest``; 0: none.

    Raises:
        StoreUnavailableError: The store does not answer.

    """
    low, high = 0, newest
    while low < high:
        middle = (low + high + 1) // 2
        (found,) = await estate.revisions(after=middle - 1, limit=1)
        low, high = (middle, high) if found.at <= instant else (low, middle - 1)
    return low
