"""What is wrong with the shape of edits that were written down in a file, all of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import GraphQLError, GraphQLInputObjectType, GraphQLInputType, get_nullable_type
from graphql.type import GraphQLList
from graphql.utilities import validate_input_value

from graph_service.api.schema import SCHEMA
from graph_service.model.errors import Fault
from graph_service.model.marked_yaml import MarkedYaml, path_of

_CODE = "INVALID_EDIT"
_REPEATED = re.compile(r",? [Ff]ound: ")
_Path = tuple[str | int, ...]


def shape_faults(read: MarkedYaml, edits: Sequence[object]) -> list[Fault]:
    """Return where a document departs from a list of ``EstateEdit``, with line and column."""
    faults: list[Fault] = []
    schema = SCHEMA._schema  # noqa: SLF001 - strawberry has no door to it
    edit = schema.type_map["EstateEdit"]
    assert isinstance(edit, GraphQLInputObjectType)  # noqa: S101 - it is written in api.edit_inputs

    def note(message: str, path: Sequence[str | int]) -> None:
        place = read.place(path_of(path))
        faults.append(Fault(code=_CODE, message=message, place=place))

    for index, each in enumerate(edits):

        def misfit(error: GraphQLError, path: Sequence[str | int], index: int = index) -> None:
            # The rest of the message repeats what stands there, at any length.
            note(_REPEATED.split(error.message)[0].removesuffix("."), (index, *path))

        validate_input_value(each, edit, misfit)
        for path, allowed in _undecided(each, edit, (index,)):
            note(f"this is exactly one of {', '.join(allowed)}", path)
    return faults


def _undecided(
    value: object, expected: GraphQLInputType, path: _Path
) -> Iterator[tuple[_Path, Sequence[str]]]:
    """Yield where not exactly one of the fields is given of which exactly one must be."""
    inner: Any = get_nullable_type(expected)
    if isinstance(inner, GraphQLList) and isinstance(value, list):
        for index, each in enumerate(value):
            yield from _undecided(each, inner.of_type, (*path, index))
    if not (isinstance(inner, GraphQLInputObjectType) and isinstance(value, Mapping)):
        return
    given = [name for name in value if name in inner.fields]
    if inner.extensions["strawberry-definition"].is_one_of and (
        len(given) != 1 or value[given[0]] is None
    ):
        yield path, list(inner.fields)
    for name in given:
        yield from _undecided(value[name], inner.fields[name].type, (*path, name))
