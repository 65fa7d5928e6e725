"""Looking for CIs by words: what fits best first, with the place where it fits."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from graph_service.model.ci import CI
from graph_service.model.condition import Condition, IsCI, Ref, RefBy, Text, both
from graph_service.model.search_words import ALIASES, query_words, said_texts, search_words
from graph_service.store import CIQuery, EstateReader
from graph_service.use_cases.inventory.survivors import survivor

RANKED_MAX = 1_000
"""CIs that are put in order of how well they fit; of those by name, then of the others."""

SUGGESTIONS_MAX = 3

_WINDOW = 120
"""Characters of a long text that an excerpt shows."""

_BEFORE = 40
_TOKEN = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A CI that fits, how well (1 is best), and where.

    ``marks`` are pairs of where in the excerpt a word begins and ends, in characters.
    """

    ci: CI
    score: float
    excerpt: str
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer:
    """What a search found, best first; ``truncated`` when more fit than were put in order.

    ``suggestions`` are what may have been meant, when nothing fits.
    """

    hits: Sequence[SearchHit]
    total_count: int
    suggestions: Sequence[str] = ()

    @property
    def truncated(self) -> bool:
        """Whether more fit than are here."""
        return self.total_count > len(self.hits)


async def search(estate: EstateReader, text: str, where: Condition) -> SearchAnswer:
    """Look for words among the living CIs that meet a settled condition.

    Raises:
        StoreUnavailableError: The store does not answer.

    """
    total = await estate.count_cis(CIQuery(where=both(where, Text(text))))
    if not total:
        meant = await _merged_into(estate, text) or await suggestions(estate, text)
        return SearchAnswer(hits=(), total_count=0, suggestions=meant)
    found = await _candidates(estate, text, where)
    former = await estate.former_names(found)
    ranked = [_hit(each, former.get(each.id, ()), text) for each in found.values()]
    ranked.sort(key=lambda each: (-each.score, each.ci.name, each.ci.id))
    return SearchAnswer(hits=ranked[:RANKED_MAX], total_count=total)


async def _merged_into(estate: EstateReader, key: str) -> list[str]:
    """Return the key of what a CI of this key turned out to be, if it was merged."""
    found = (await estate.cis_by_key([key])).get(key)
    return [(await survivor(estate, found)).key] if found and found.merged_into else []


async def _candidates(estate: EstateReader, text: str, where: Condition) -> dict[str, CI]:
    """Return the CIs to put in order: those called so exactly, those by name, then the others."""
    exact = {each.id for each in (await estate.cis_by_key([text])).values()}
    exact |= {each.id for each in await estate.cis_by_name(text)}
    found: dict[str, CI] = {}
    for each in (Text(text, of_names=True), Text(text)):
        if len(found) < RANKED_MAX:
            page = await estate.find_cis(CIQuery(where=both(where, each), limit=RANKED_MAX))
            found |= {str(ci.id): ci for ci in page.cis}
    if missing := exact - found.keys():
        called = IsCI(tuple(Ref(RefBy.ID, each) for each in sorted(missing)))
        page = await estate.find_cis(CIQuery(where=both(where, called), limit=len(missing)))
        found |= {str(ci.id): ci for ci in page.cis}
    return found


async def suggestions(estate: EstateReader, text: str) -> list[str]:
    """Return what may have been meant by words that nothing has, each of which finds something."""
    words = query_words(text)[:8]
    choices: list[list[str]] = []
    for each in words:
        if await estate.count_cis(CIQuery(where=Text(each))):
            choices.append([each])
        elif near := await estate.words_like(each, SUGGESTIONS_MAX):
            choices.append(near)
        else:
            return []
    found = []
    for chosen in islice(product(*choices), SUGGESTIONS_MAX**2):
        said = " ".join(chosen)
        if chosen != words and await estate.count_cis(CIQuery(where=Text(said))):
            found.append(said)
    return found[:SUGGESTIONS_MAX]


def _hit(ci: CI, former: Collection[str], text: str) -> SearchHit:
    words = query_words(text)
    best = max(_places(ci, former, words), key=lambda each: each[0])
    score, label, said = best
    excerpt, marks = _excerpt(label, said, words)
    return SearchHit(ci=ci, score=score, excerpt=excerpt, marks=marks)


def _places(
    ci: CI, former: Collection[str], words: Sequence[str]
) -> Iterator[tuple[float, str, str]]:
    """Yield where a CI fits: how well, what to call the place, and what stands there."""
    named = [("", ci.name, 1.0), ("", ci.key, 1.0)]
    aliases = ci.attributes.get(ALIASES)
    others = [aliases] if isinstance(aliases, str) else aliases or []
    named += [("also called ", each, 0.95) for each in others if isinstance(each, str)]
    named += [("formerly ", each, 0.9) for each in former]
    for label, name, weight in named:
        yield weight * _name_score(query_words(name), words), label, name
    for attribute, said in said_texts(ci):
        share = _share(search_words(said), words)
        yield (0.3 if share == 1 else 0.1 * share), f"{attribute}: ", said


def _name_score(name: Sequence[str], words: Sequence[str]) -> float:
    if [*name] == [*words]:
        return 1.0
    begins = name[: len(words)]
    if begins[:-1] == words[:-1] and begins and begins[-1].startswith(words[-1]):
        return 0.8
    share = _share(name, words)
    return 0.6 if share == 1 else 0.4 * share


def _share(known: Collection[str], words: Sequence[str]) -> float:
    """Return which share of some words are known, the last one as a beginning."""
    *whole, last = words
    found = sum(each in known for each in whole) + any(each.startswith(last) for each in known)
    return found / len(words)


def _excerpt(label: str, said: str, words: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Return the text around the first match, and where in it words are found."""
    marks = [*_marks(said, words)]
    start = max(marks[0][0] - _BEFORE, 0) if marks and len(said) > _WINDOW else 0
    shown = said[start : start + _WINDOW]
    before = f"{label}{'…' if start else ''}"
    after = "…" if start + _WINDOW < len(said) else ""
    inside = [
        (begin - start + len(before), end - start + len(before))
        for begin, end in marks
        if start <= begin and end <= start + _WINDOW
    ]
    return f"{before}{shown}{after}", tuple(each for pair in inside for each in pair)


def _marks(said: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    *whole, last = words
    for token in _TOKEN.finditer(said):
        inner = query_words(token[0])
        if len(inner) > 1:  # a script without blanks: every character is a word
            yield from (
                (token.start() + at, token.start() + at + 1)
                for at, sign in enumerate(token[0])
                if {*query_words(sign)} & {*words}
            )
        elif inner and (inner[0] in whole or inner[0].startswith(last)):
            yield token.span()
