"""What Cypher cannot look for in a CI's properties, as texts that it can.

Lists, and attributes whose names are none of Cypher's, are JSON in one property. Beside it stands a
list of facts, each ``NAME ␟ TYPE VALUE``: one for each element, and one that says that there is a
value at all.
"""

from collections.abc import Iterator

from graph_service.model.ci import Attributes

SEPARATOR = "\x1f"
TEXT = "t"
NUMBER = "n"
TRUTH = "b"


def facts_of(attributes: Attributes) -> list[str]:
    """Return the facts that some attributes come to."""
    return [*dict.fromkeys(fact for name, value in attributes.items() for fact in _of(name, value))]


def exists_fact(name: str) -> str:
    """Return the fact that there is a value."""
    return f"{name}{SEPARATOR}"


def beginning(name: str, of_type: str) -> str:
    """Return what the facts of one type about an attribute begin with."""
    return f"{name}{SEPARATOR}{of_type}"


def fact(name: str, value: str | float) -> str:
    """Return the fact that a value is, or has, this."""
    if isinstance(value, bool):
        return f"{beginning(name, TRUTH)}{str(value).lower()}"
    if isinstance(value, str):
        return f"{beginning(name, TEXT)}{value}"
    return f"{beginning(name, NUMBER)}{value!r}"


def _of(name: str, value: object) -> Iterator[str]:
    if value is None:
        return
    yield exists_fact(name)
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str | int | float):
            yield fact(name, each)
