"""The words by which text search finds a CI; the same in every store, whatever its index does.

Letters, digits and the marks that belong to them make words, without regard to case, accents or
compatibility forms. In scripts written without spaces, and for symbols such as emoji, every
character is a word of its own, so that any part of a name is found.
"""

import re
import unicodedata
from collections.abc import Iterator

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


def words_of(ci: CI) -> tuple[str, ...]:
    """Return the words by which a CI is found: those of its key, name and description."""
    description = ci.attributes.get("description")
    return search_words(ci.key, ci.name, description if isinstance(description, str) else "")


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
