"""JSON documents of people: a list of records, wherever the export puts it."""

import json
from collections.abc import Iterator
from typing import Any

from discovery.formats.text_encoding import utf8
from graph_service import Fault, InvalidInputError, Place

_LISTS = ("entries", "searchEntries", "results", "value", "Resources", "users", "people")
"""Where exports put their records, when these are not all of the document."""


def looks_like_json(content: bytes) -> bool:
    """Whether a document begins as JSON does."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def records_of(content: bytes, document: str) -> Iterator[tuple[Any, Place]]:
    """Yield the records of a document with their places; a single object is one record.

    Raises:
        InvalidInputError: It is not JSON.

    """
    try:
        found = json.loads(utf8(content, document), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = Place(document, "", error.lineno, error.colno)
        raise InvalidInputError([_fault(f"this is not JSON: {error.msg}", place)]) from error
    except (ValueError, RecursionError) as error:
        message = f"this is not JSON: {error}"
        raise InvalidInputError([_fault(message, Place(document))]) from error
    inside = ""
    if isinstance(found, dict):
        inside = next((each for each in _LISTS if isinstance(found.get(each), list)), "")
        found = found[inside] if inside else [found]
    if not isinstance(found, list):
        raise InvalidInputError([_fault("there are no records in it", Place(document))])
    for index, each in enumerate(found):
        yield each, Place(document, f"{inside}[{index}]")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _fault(message: str, place: Place) -> Fault:
    remedy = "write a list of objects, as in [{…}, {…}]"
    return Fault(code="NOT_JSON", message=message, place=place, remedy=remedy)
