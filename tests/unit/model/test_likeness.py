"""Words that look like others."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from graph_service.model.likeness import distance, tolerance, words_like

_words = st.text(alphabet="abc数", max_size=9)


def slow(one: str, other: str) -> int:
    """Count by the definition: drop, add, change, or swap neighbours."""

    @cache
    def between(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        found = min(
            between(i - 1, j) + 1,
            between(i, j - 1) + 1,
            between(i - 1, j - 1) + (one[i - 1] != other[j - 1]),
        )
        if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            found = min(found, between(i - 2, j - 2) + 1)
        return found

    return between(len(one), len(other))


@given(_words, _words)
def test_the_distance_is_that_of_the_definition(one: str, other: str) -> None:
    assert distance(one, other, 99) == slow(one, other)


@given(_words, _words, st.integers(0, 3))
def test_beyond_the_most_it_is_more_than_that(one: str, other: str, most: int) -> None:
    assert (distance(one, other, most) <= most) == (slow(one, other) <= most)


@given(_words, st.lists(_words, max_size=12))
def test_words_within_tolerance_come_nearest_first(word: str, known: list[str]) -> None:
    most = tolerance(word)
    near = sorted((slow(word, each), each) for each in known if each != word)

    expected = [each for count, each in near if most and count <= most]
    assert words_like(word, known, 99) == expected
