"""How many letters lie between a word and what was meant by it."""

from collections.abc import Iterable

SHORTEST = 3
"""A word of fewer letters is like too many others."""

LONG = 8
"""A word of as many letters may have two of them wrong."""


def tolerance(word: str) -> int:
    """Return how many letters of a word may be wrong; 0: no other word is like it."""
    if len(word) < SHORTEST:
        return 0
    return 2 if len(word) >= LONG else 1


def words_like(word: str, known: Iterable[str], limit: int) -> list[str]:
    """Return those of some words that are like one, nearest first, then by code point."""
    most = tolerance(word)
    if not most:
        return []
    letters = {*word}
    # What lacks or adds more letters than may be wrong is dismissed without counting.
    alike = (
        each
        for each in known
        if each != word
        and abs(len(each) - len(word)) <= most
        and len(letters.symmetric_difference(each)) <= 2 * most
    )
    found = sorted((distance(word, each, most), each) for each in alike)
    return [each for between, each in found if between <= most][:limit]


def distance(one: str, other: str, most: int) -> int:
    """Return how many letters to add, drop, change or swap with their neighbour.

    Once it is sure to be more than ``most``, any number above that may come back.
    """
    before: list[int] = []
    last: list[int] = [*range(len(other) + 1)]
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, other_letter in enumerate(other, 1):
            cost = min(
                last[column] + 1,
                current[-1] + 1,
                last[column - 1] + (letter != other_letter),
            )
            is_swap = (
                row > 1
                and column > 1
                and letter == other[column - 2]
                and other_letter == one[row - 2]
            )
            current.append(min(cost, before[column - 2] + 1) if is_swap else cost)
        if min(current) > most and min(last) > most:
            return most + 1
        before, last = last, current
    return last[-1]
