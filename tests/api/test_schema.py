"""The contract itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    parse,
    validate,
)

from graph_service.api.schema import SCHEMA, sdl
from graph_service.api.types import enums
from graph_service.model import vocabulary

TYPES = {
    name: each
    for name, each in SCHEMA._schema.type_map.items()
    if not name.startswith("__") and name not in {"Boolean", "Float", "ID", "Int", "String"}
}
ROOT = Path(__file__).parents[2]
REJECTED = ("upstream", "downstream", "parent", "child", "kind", "snapshot", "get", "edgeType")


def test_the_committed_contract_is_the_one_in_force() -> None:
    """Clients read schema.graphql; `make schema` writes it anew."""
    assert (ROOT / "schema.graphql").read_text("utf-8") == sdl()


def test_the_contract_is_a_schema() -> None:
    """What is printed can be read back, and answers validate against it."""
    printed = build_schema(sdl())

    assert validate(printed, parse("{ estate { revision } viewer { roles } }")) == []


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_type_says_what_it_is(name: str) -> None:
    """A sentence on each type; fields say it by their names, or by a sentence of their own."""
    described = TYPES[name].description

    assert name in {"Query", "Mutation"} or name.endswith(("Connection", "Edge")) or described


def fields_of(each: GraphQLNamedType) -> Iterator[tuple[str, GraphQLNamedType]]:
    """Return field names of a type with the types they name."""
    if isinstance(each, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for name, field in each.fields.items():
            yield name, get_named_type(field.type)
    elif isinstance(each, GraphQLUnionType):
        yield from ((member.name, member) for member in each.types)


def test_names_are_words_of_the_glossary() -> None:
    """No rejected synonym, fields in camel case, enumerations in capitals."""
    for name, each in TYPES.items():
        for field, _ in fields_of(each) if not isinstance(each, GraphQLUnionType) else ():
            assert field[0].islower(), f"{name}.{field}"
            assert "_" not in field, f"{name}.{field}"
            words = {*_words(field)}
            assert not words & {*REJECTED}, f"{name}.{field}"
        if isinstance(each, GraphQLEnumType):
            assert all(value.isupper() for value in each.values), name


def _words(name: str) -> Iterator[str]:
    word = ""
    for letter in name:
        if letter.isupper() and word:
            yield word
            word = ""
        word += letter.casefold()
    yield word


def test_types_form_a_dag() -> None:
    """No type leads back to itself, but a CI to other CIs: nothing can be asked in circles."""
    outward = {
        name: {inner.name for _, inner in fields_of(each) if inner.name in TYPES}
        for name, each in TYPES.items()
        if isinstance(each, GraphQLObjectType | GraphQLUnionType)
    }
    around_a_ci = {
        "CI",
        "CIRelationship",
        "CIRelationshipConnection",
        "CIRelationshipEdge",
        "GroupMember",
        "RedundancyGroup",
        "Relationship",
        "Responsible",
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = {*path[path.index(name) :]}
            assert circle <= around_a_ci, circle
            return
        if name in done:
            return
        for inner in outward.get(name, ()):
            visit(inner, (*path, name))
        done.add(name)

    for name in outward:
        visit(name, ())


def test_every_problem_and_success_can_be_caught_by_its_interface() -> None:
    """One fragment on Problem and one on Written cover every result of every mutation."""
    mutation = SCHEMA._schema.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        result = get_named_type(field.type)
        assert isinstance(result, GraphQLUnionType), name
        for member in result.types:
            interfaces = {each.name for each in member.interfaces}
            assert interfaces in ({"Problem"}, {"Written"}), member.name


def test_counts_and_connections_keep_their_form() -> None:
    """Every page has nodes and page information; counts end in Count."""
    for name, each in TYPES.items():
        if not name.endswith("Connection"):
            continue
        assert isinstance(each, GraphQLObjectType)
        assert {"nodes", "pageInfo"} <= set(each.fields), name


@pytest.mark.parametrize(
    ("enumeration", "attribute"),
    [
        (enums.Environment, "environment"),
        (enums.Lifecycle, "lifecycle"),
        (enums.OperationalState, "operationalState"),
    ],
)
def test_typed_fields_take_the_values_of_the_vocabulary(
    enumeration: type[enums.Environment], attribute: str
) -> None:
    """A typed common field has exactly the values its attribute may have."""
    definition = vocabulary.packaged().attributes("CI")[attribute]

    assert [each.value for each in enumeration] == [*definition.values]


def test_scalars_are_described_by_what_they_look_like() -> None:
    """Nobody has to guess how an instant or a length of time is written."""
    scalars = {name for name, each in TYPES.items() if isinstance(each, GraphQLScalarType)}

    assert scalars == {
        "Date",
        "DateTime",
        "Digest",
        "IntColumn",
        "JSON",
        "Minutes",
        "RevisionNumber",
        "TextColumn",
    }
