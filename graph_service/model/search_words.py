"""The words by which text search finds a CI; the same in every store, whatever its index does.

Letters, digits and the marks that belong to them make words, without regard to case, accents or
compatibility forms. In scripts written without spaces, and for symbols such as emoji, every
character is a word of its own, so that any part of a name is found.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping

from graph_service.model.ci import CI

WORD_LENGTH_MAX = 64
"""Code points of a word that count; indexes have limits of their own far above this."""

_ASCII_WORD = re.compile(r"[a-z0-9]+")
_ACCENTS = re.compile(r"[\u0300-\u036f\ufe00-\ufe0f]")  # variation selectors included

_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3040-\u30ff\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Chinese and Japanese."""


UNSEARCHED_ATTRIBUTES = frozenset(
    {
        "environment",
        "lifecycle",
        "operationalState",
        "confidentiality",
        "integrity",
        "availability",
        "personalData",
        "internetExposed",
        "serviceType",
    }
)
"""Closed sets of values, which are asked for by name: as words they would find half the estate."""

ALIASES = "aliases"
"""The attribute that lists other names of a CI."""

_REDUNDANCY = "redundancy."


def words_of(ci: CI, former_names: Collection[str] = ()) -> tuple[str, ...]:
    """Return the words by which a CI is found: those of its names and of what is said of it."""
    return tuple(sorted({*name_words(ci, former_names), *said_words(ci)}))


def names_of(ci: CI, former_names: Collection[str] = ()) -> tuple[str, ...]:
    """Return what a CI is or was called: key, name, aliases and former names."""
    aliases = ci.attributes.get(ALIASES)
    return (ci.key, ci.name, *_texts_in(aliases), *sorted(former_names))


def name_words(ci: CI, former_names: Collection[str] = ()) -> tuple[str, ...]:
    """Return the words of what a CI is or was called."""
    return search_words(*names_of(ci, former_names))


def said_words(ci: CI) -> tuple[str, ...]:
    """Return the words of what is said of a CI: all texts among its attributes, lists included."""
    return search_words(*(text for _, text in said_texts(ci)))


def said_texts(ci: CI) -> Iterator[tuple[str, str]]:
    """Yield the name of each attribute with the texts in it that are searched."""
    for name, value in ci.attributes.items():
        if (
            name not in UNSEARCHED_ATTRIBUTES
            and name != ALIASES
            and not name.startswith(_REDUNDANCY)
        ):
            for text in _texts_in(value):
                yield name, text


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts_in(each)


def search_words(*texts: str) -> tuple[str, ...]:
    """Return the different words of some texts, sorted."""
    return tuple(sorted({word for text in texts for word in _words(text)}))


def query_words(text: str) -> tuple[str, ...]:
    """Return the words of a query in order; the last one stands for all that begin with it."""
    return tuple(_words(text))


def _words(text: str) -> Iterator[str]:
    if text.isascii():
        found: Iterator[str] = iter(_ASCII_WORD.findall(text.lower()))
    else:
        found = _words_of_any_script(text)
    return (word[:WORD_LENGTH_MAX] for word in found)


def _words_of_any_script(text: str) -> Iterator[str]:
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).casefold()
    word = ""
    for character in unicodedata.normalize("NFC", plain):
        category = unicodedata.category(character)
        alone = category == "So" or _UNSPACED.match(character)
        if word and (alone or category[0] not in "LNM"):
            yield word
            word = ""
        if alone:
            yield character
        elif category[0] in "LNM":
            word += character
    if word:
        yield word
