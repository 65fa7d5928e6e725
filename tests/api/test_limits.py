"""How much one request may ask for."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from graph_service.api.cost import Costing
from graph_service.api.failures import LimitExceededError
from graph_service.api.limits import Limits, Measurement, parsed
from graph_service.api.schema import SCHEMA
from tests.api.world import World

EXECUTABLE = SCHEMA._schema
CIS = "estate { cis { nodes { id } } }"


def fan_out(levels: int, spreads: int = 2) -> str:
    """Write a document whose size is linear and whose meaning is exponential in its levels."""
    fragments = [
        f"fragment F{level} on CI {{ "
        + " ".join(
            f"a{n}: relationships {{ nodes {{ other {{ ...F{level + 1} }} }} }}"
            for n in range(spreads)
        )
        + " }"
        for level in range(levels)
    ]
    return " ".join(
        [
            'query { estate { ci(ref: {key: "x"}) { ...F0 } } }',
            *fragments,
            f"fragment F{levels} on CI {{ id }}",
        ]
    )


def refusal(document: str, limits: Limits | None = None) -> LimitExceededError:
    """Return why a document is refused before validation."""
    within = limits or Limits()
    with pytest.raises(LimitExceededError) as refused:
        Measurement(parsed(document, within)).check(within)
    return refused.value


@pytest.mark.parametrize(
    ("limit", "document", "value"),
    [
        ("tokens", "{" + " viewer" * 2_000 + "}", 2_001),
        ("nesting", "{ a" * 65 + " }" * 65, 65),
        ("nesting", "{ a(b: " + "[" * 64 + "]" * 64 + ") }", 65),
        ("fragments", "{ a }" + "".join(f" fragment F{n} on Q {{ a }}" for n in range(51)), 51),
        ("rootFields", "{" + " ".join(f"f{n}" for n in range(21)) + "}", 21),
        ("depth", "{ a" * 13 + " }" * 13, 13),
        ("aliases", "{ a { " + " ".join(f"b{n}: b" for n in range(31)) + " } }", 31),
        ("directives", "{ a" + " @skip(if: false)" * 51 + " }", 51),
        ("introspection", "{ a { " + "__schema { types { name } } " * 5 + "} }", 5),
    ],
)
def test_each_limit_holds_before_validation(limit: str, document: str, value: int) -> None:
    """A document that asks for too much is refused by name, value and most, whatever its fields."""
    error = refusal(document)

    assert (error.limit, error.value) == (limit, value)


@pytest.mark.parametrize(
    "document",
    [
        "{" + " ".join(f"f{n}" for n in range(20)) + "}",
        "{ a" * 12 + " }" * 12,
        "{ a { " + " ".join(f"b{n}: b" for n in range(30)) + " } }",
        "{ a" + " @skip(if: false)" * 50 + " }",
        "{ a }" + "".join(f" fragment F{n} on Q {{ a }}" for n in range(50)),
        "{ __schema { types { fields { type" + " { ofType" * 8 + " { name }" + " }" * 12,
    ],
)
def test_what_is_just_within_passes(document: str) -> None:
    """The most that is allowed is allowed."""
    limits = Limits()

    Measurement(parsed(document, limits)).check(limits)


@pytest.mark.parametrize("limit", ["aliases", "directives", "fields", "depth"])
def test_fragments_count_as_if_written_out(limit: str) -> None:
    """Nothing can be hidden in fragments, also not in one that is used often."""
    inside = {
        "aliases": "x: a",
        "directives": "a @skip(if: false)",
        "fields": " ".join(["a"] * 300),
        "depth": "a { a { a { a { a { a } } } } }",
    }[limit]
    spreads = (
        "{ " + "q { ...F } " * 60 + "}"
        if limit != "depth"
        else "{ q { q { q { q { q { q { q { ...F } } } } } } } }"
    )

    error = refusal(f"{{ p {spreads} }} fragment F on Q {{ {inside} }}")

    assert error.limit == limit


def test_a_bomb_of_fragments_is_measured_once_a_fragment() -> None:
    """2^40 aliases are counted by looking at each of some eighty selections once."""
    document = fan_out(12)
    measurement = Measurement(parse(document))

    with pytest.raises(LimitExceededError) as refused:
        measurement.check(Limits(depth=1_000, fields=10**9))

    assert refused.value.limit == "aliases"
    assert refused.value.value == sum(2**level for level in range(1, 13))
    selections = document.count("{") + document.count("...") + 1
    assert measurement.visited_count <= 2 * selections


def test_fragments_that_go_in_circles_end() -> None:
    """A cycle is left to validation, which refuses it."""
    document = "{ ...A } fragment A on Q { a ...B } fragment B on Q { b { ...A } ...B ...C }"
    measurement = Measurement(parse(document))

    measurement.check(Limits())

    assert measurement.visited_count < 20


def test_the_largest_value_is_still_a_number_in_json() -> None:
    """A count beyond 2^53 is shown as that."""
    error = LimitExceededError("aliases", 2**70, 30)

    assert error.value == 2**53 - 1


def cost(document: str, variables: dict[str, Any] | None = None) -> int:
    """Return what a valid document costs."""
    tree = parse(document)
    operation = next(each for each in tree.definitions if isinstance(each, OperationDefinitionNode))
    limits = Limits(cost=10**12, introspection_cost=10**12)
    return Costing(EXECUTABLE, tree, variables or {}).check(operation, limits)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # object 1 + leaf 0
        ("{ estate { revision } }", 1),
        # estate 1 + connection 1 + 50 x (1 + leaves 0)
        ("{ estate { cis { nodes { id name } } } }", 52),
        ("{ estate { cis(first: 3) { nodes { id } pageInfo { hasNextPage } } } }", 6),
        # nothing is read for a count alone
        ("{ estate { cis(first: 0) { totalCount } } }", 2),
        # 2 x (1 + class 1)
        ("{ estate { cis(first: 2) { nodes { class { name } } } } }", 6),
        # edges cost as much as the nodes in them: 2 x (1 + node 1)
        ("{ estate { cis(first: 2) { edges { node { id } } } } }", 6),
        # 2 x (1 + relationships 2 + 3 x (1 + other 1))
        (
            "{ estate { cis(first: 2) { nodes { relationships(first: 3) { nodes { other { id } }"
            + " }" * 5,
            20,
        ),
        # a list is as long as its slicing argument: 2 x 1; else as it is assumed: 20 x 1
        ('{ estate { ci(ref: {key: "x"}) { attributes(names: ["a", "b"]) { text } } } }', 4),
        ('{ estate { ci(ref: {key: "x"}) { attributes { text } } } }', 22),
        # impact 100 + summary 1 + byState 5
        (
            '{ estate { impact(of: {states: [{ci: {key: "x"}}]}) { summary { byState { count } }'
            + " }" * 3,
            107,
        ),
        # blast radius 50 + columns 20
        ('{ estate { blastRadius(of: [{key: "x"}]) { columns { id hops } } } }', 71),
        ('mutation { revokeToken(input: {token: "x"}) { __typename } }', 10),
        # introspection has a budget of its own
        ("{ __schema { types { name } } }", 0),
    ],
)
def test_cost_follows_its_formula(document: str, expected: int) -> None:
    """Each rule of the formula, by an example that can be added up by hand."""
    assert cost(document) == expected


def test_cost_counts_the_value_of_variables() -> None:
    """What a variable asks for is what counts."""
    document = "query($n: Int!) { estate { cis(first: $n) { nodes { id } } } }"

    assert cost(document, {"n": 7}) == cost("{ estate { cis(first: 7) { nodes { id } } } }")


def test_cost_of_a_fragment_is_that_of_what_stands_in_it() -> None:
    """Fragments, named or not, change nothing."""
    plain = "{ estate { cis(first: 4) { nodes { class { name } } totalCount } } }"
    named = """{ estate { cis(first: 4) { ...Page } } }
        fragment Page on CIConnection { nodes { ...Item } totalCount }
        fragment Item on CI { ... on CI { class { name } } }"""

    assert cost(named) == cost(plain)


def test_cost_of_a_bomb_is_found_once_a_fragment() -> None:
    """An exponential document is billed in linear time."""
    tree = parse(fan_out(40))
    operation = next(each for each in tree.definitions if isinstance(each, OperationDefinitionNode))
    costing = Costing(EXECUTABLE, tree, {})

    with pytest.raises(LimitExceededError) as refused:
        costing.check(operation, Limits())

    assert refused.value.limit == "cost"
    assert costing.visited_count < 40 * 2 * 6 + 10


@pytest.mark.anyio
async def test_a_refusal_says_what_was_too_much(service: World) -> None:
    """The error has a code, the limit, the value and the most; nothing was run."""
    response = await service.send(
        "{ "
        + " ".join(f"x{n}: estate {{ cis(first: 500) {{ nodes {{ id }} }} }}" for n in range(20))
        + " }"
    )

    (error,) = response.json()["errors"]
    assert response.status_code == 400
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert error["extensions"]["limit"] == "cost"
    assert error["extensions"]["value"] == 20 * 502
    assert error["extensions"]["max"] == 10_000
    assert "data" not in response.json()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fields", "limit", "value"),
    [
        ("cis(first: 501) { totalCount }", "pageSize", 501),
        ("blastRadius(of: $one) { columns(first: 100001) { rowCount } }", "columnRows", 100_001),
        ("blastRadius(of: $many) { totalCount }", "causes", 501),
    ],
)
async def test_pages_and_questions_are_limited(
    service: World, fields: str, limit: str, value: int
) -> None:
    """What only execution sees is refused there, by the same code."""
    variables = {"one": [{"key": "x"}], "many": [{"key": "x"}] * 501}
    declared = {name: f"${name}: [CIRef!]!" for name in variables if f"${name}" in fields}
    head = f"query({', '.join(declared.values())})" if declared else ""

    error = await service.refused(
        f"{head} {{ estate {{ {fields} }} }}", {name: variables[name] for name in declared}
    )

    extensions = error["extensions"]
    assert (extensions["code"], extensions["limit"]) == ("LIMIT_EXCEEDED", limit)
    assert extensions["value"] == value


@pytest.mark.anyio
async def test_every_answer_says_what_it_cost(service: World) -> None:
    """Clients see how far they are from the limit."""
    body = (await service.send("{ estate { revision } }")).json()

    assert body["extensions"]["cost"] == {"requested": 1, "limit": 10_000}


@pytest.mark.anyio
async def test_introspection_is_within_a_budget_of_its_own(service: World) -> None:
    """What an IDE asks is answered; what multiplies it is not."""
    from graphql import get_introspection_query  # noqa: PLC0415 - used here only

    body = (await service.send(get_introspection_query())).json()
    assert "errors" not in body
    assert body["extensions"]["cost"]["requested"] == 0

    deep = (
        "{ __schema { types" + " { fields { args { type" * 3 + " { name }" + " } } }" * 3 + " } }"
    )
    assert (await service.refused(deep))["extensions"]["code"] == "INVALID_REQUEST"
    types = "types { fields { args { type { possibleTypes { enumValues { name } } } } } }"
    wide = "{ " + " ".join(f"s{n}: __schema {{ {types} }}" for n in range(4)) + " }"
    assert (await service.refused(wide))["extensions"]["limit"] == "introspectionCost"
