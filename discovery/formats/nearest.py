"""What somebody may have meant."""

import difflib
from collections.abc import Iterable


def hint(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return ``did you mean …?`` for a misspelt name, else ``otherwise`` or the names there are."""
    names = sorted(known)
    written = _folded(name[:200])
    folded = {_folded(each): each for each in reversed(names)}
    near = difflib.get_close_matches(written, folded, 1, 0.7)
    near = near or [each for each in folded if len(written) > 2 and each.startswith(written)]  # noqa: PLR2004 - two letters begin too much
    if near:
        return f"did you mean {folded[near[0]]}?"
    return otherwise or f"there are: {', '.join(names)}"


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")
