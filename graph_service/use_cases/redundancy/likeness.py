"""Names that differ in a number or a letter only: db01 and db02, feed-a and feed-b."""

import re

_NUMBER = re.compile(r"\d+")
_LETTER = re.compile(r"(?<=[-_. ])[A-Za-z](?=$|[-_. ])")

MARK = "#"
"""Stands for what differs."""

_LENGTH_MAX = 100


def pattern(name: str) -> str:
    """Return a name with its numbers and lone letters taken out; the same for names alike.

    What is left has to be a word still: ``1`` and ``2`` are like nothing.
    """
    found = _LETTER.sub(MARK, _NUMBER.sub(MARK, name))
    return found if MARK in found and any(each.isalpha() for each in found) else ""


def group_name(called: str, taken: frozenset[str]) -> str:
    """Return what to call a group after a pattern or another word; none of the taken names."""
    words = [word for word in re.split(r"[^\w]+|_+", called.replace(MARK, " ")) if word]
    base = "-".join(words).lower()[:_LENGTH_MAX] or "members"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name
