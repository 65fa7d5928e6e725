"""What somebody may have meant."""

import difflib
from collections.abc import Iterable
from functools import lru_cache


def hint(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return ``did you mean …?`` for a misspelt name, else ``otherwise`` or the names there are."""
    return _hint(name[:200], tuple(sorted(known)), otherwise)


# A mistake is seldom made once: a generated file makes it in every record.
@lru_cache(maxsize=1024)
def _hint(name: str, known: tuple[str, ...], otherwise: str) -> str:
    written = _folded(name)
    folded = {_folded(each): each for each in reversed(known)}
    near = difflib.get_close_matches(written, folded, 1, 0.7)
    near = near or [each for each in folded if len(written) > 2 and each.startswith(written)]  # noqa: PLR2004 - two letters begin too much
    if near:
        return f"did you mean {folded[near[0]]}?"
    return otherwise or f"there are: {', '.join(known)}"


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")
