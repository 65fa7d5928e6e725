"""Names that a misspelt one may have meant."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """Return known names that look like a misspelt one, best first, ignoring case."""
    by_folded = {each.casefold(): each for each in sorted(known)}
    folded = name.casefold()[:200]
    return [by_folded[each] for each in difflib.get_close_matches(folded, by_folded, most, 0.6)]
