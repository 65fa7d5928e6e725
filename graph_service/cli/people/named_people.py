"""People whom a CI's attributes name by id, so that a page can say who they are."""

from collections.abc import Iterable, Mapping
from typing import Any

from graph_service.cli.output import plain
from graph_service.cli.shapes import Shape

NAME_OF = "query NameOf($ref: String!) { person(ref: $ref) { name } }"


def ids_in(attributes: Iterable[Shape]) -> list[str]:
    """Return the ids of people among the values of attributes, those of other sources included."""
    values = (each["value"] for one in attributes for each in (one, *one["alternatives"]))
    texts = (text for each in values for text in (each if isinstance(each, list) else [each]))
    return sorted({each for each in texts if isinstance(each, str) and each.startswith("psn_")})


def with_names(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value in which people stand by name, their ids behind it."""
    if isinstance(value, list):
        return [with_names(each, names) for each in value]
    known = names.get(value) if isinstance(value, str) else None
    return f"{plain(known)} ({value})" if known else value
