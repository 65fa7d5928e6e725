"""The same condition finds the same CIs by GraphQL, on the command line and in exports."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import orjson
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from graph_service.model.condition import (
    AtLeast,
    AtMost,
    Attribute,
    Condition,
    Contains,
    End,
    Exists,
    IsCI,
    Leaf,
    OfClass,
    OneOf,
    Orphan,
    Ref,
    RefBy,
    Related,
    Stale,
    StartsWith,
    Text,
    ValueBearing,
    Within,
    condition_to_data,
    condition_to_text,
)
from tests.conditions import trees
from tests.server.program import Program
from tests.server.test_one_answer import token

ESTATE = """
graph_service: 1
data_source: shop
cis:
  - {key: fra, class: Site, name: "Frankfurt"}
  - {key: rack, class: Rack, relationships: [{type: LOCATED_IN, target: fra}]}
  - {key: host-1, class: Server, tier: 1, relationships: [{type: LOCATED_IN, target: rack}]}
  - {key: host-2, class: VirtualMachine, tier: 2, environment: TEST, attributes: {hostname: h2}}
  - {key: pg-1, class: Database, tier: 0, attributes: {engine: "postgres 1.10", owner: Ann},
     relationships: [{type: RUNS_ON, target: host-1}]}
  - {key: pg-2, class: Database, attributes: {engine: "postgres 2"},
     relationships: [{type: RUNS_ON, target: host-2}]}
  - {key: api, class: Application, name: "Payments API", environment: PRODUCTION,
     attributes: {ports: [80, 443], aliases: ["till"]}, depends_on: [pg-1, pg-2]}
  - {key: shop, class: BusinessService, name: "=Shop", depends_on: [api]}
  - {key: idle, class: Application, description: "Nobody needs payments"}
"""


def _leaves() -> st.SearchStrategy[Leaf]:
    keys = ["fra", "rack", "host-1", "host-2", "pg-1", "pg-2", "api", "shop", "idle"]
    refs = st.sampled_from(keys).map(lambda key: Ref(RefBy.TEXT, key))
    types = st.frozensets(st.sampled_from(["RUNS_ON", "DEPENDS_ON", "LOCATED_IN"]), max_size=2)
    classes = ["Host", "DataStore", "Application", "Site", "BusinessService", "CI"]
    return st.one_of(
        st.lists(refs, min_size=1, max_size=2).map(tuple).map(IsCI),
        st.frozensets(st.sampled_from(classes), min_size=1, max_size=2).map(OfClass),
        st.builds(Related, types, st.sampled_from([None, *End]), st.one_of(st.none(), refs)),
        st.builds(Within, refs),
        st.sampled_from([Stale(), Orphan(), ValueBearing()]),
        st.builds(Text, st.sampled_from(["payments", "pg", "till", "shop"]), st.booleans()),
        st.builds(
            Attribute, st.just("tier"), st.sampled_from([AtMost(1), AtLeast(1), OneOf((0, 2))])
        ),
        st.builds(
            Attribute,
            st.sampled_from(["engine", "owner", "name"]),
            st.sampled_from([Exists(), Contains("1.1"), StartsWith("p"), OneOf(("Ann", "pg-1"))]),
        ),
        st.builds(Attribute, st.just("ports"), st.sampled_from([OneOf((443,)), AtLeast(81)])),
        st.just(Attribute("environment", OneOf(("PRODUCTION", "TEST")))),
    )


def _drawn(count: int) -> list[Condition]:
    found: list[Condition] = []

    @settings(max_examples=count, phases=[Phase.generate], database=None, deadline=None)
    @given(trees(_leaves(), most=4))
    def draw(condition: Condition) -> None:
        found.append(condition)

    draw()
    return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, str, str]]:
    """Serve a shop; yield the program, the address and a token."""
    folder = tmp_path_factory.mktemp("shop")
    store = Program(f"sqlite:{folder / 'estate.db'}")
    file = folder / "shop.yaml"
    file.write_text(ESTATE, "utf-8")
    assert store("import", "estate", file).code == 0
    with store.serving() as served:
        yield store, served.address, token(store, "VIEWER")


def test_graphql_the_command_line_and_exports_find_the_same(
    shop: tuple[Program, str, str], tmp_path: Path
) -> None:
    """Whatever the condition, as an object or as text: keys in the same order everywhere."""
    program, address, bearer = shop
    query = """query($filter: CIFilter) { estate {
      cis(filter: $filter, orderBy: KEY) { nodes { key } }
      ciColumns(filter: $filter, orderBy: KEY) { key } } }"""
    for number, condition in enumerate(_drawn(12)):
        text = condition_to_text(condition)
        found = []
        for asked in (condition_to_data(condition), {"where": text}):
            response = httpx2.post(
                f"{address}/graphql",
                json={"query": query, "variables": {"filter": asked}},
                headers={"Authorization": f"Bearer {bearer}"},
            ).json()
            assert "errors" not in response, (text, response)
            estate = response["data"]["estate"]
            found.append([each["key"] for each in estate["cis"]["nodes"]])
            found.append(estate["ciColumns"]["key"])
        shown = program("find", "--where", text, "--order", "KEY", "--format", "json")
        assert shown.code == 0, (text, shown.err)
        found.append([each["key"] for each in shown.json["cis"]])
        file = tmp_path / f"{number}.json"
        assert program("export", "cis", "--where", text, "-o", file).code == 0
        rows = orjson.loads(file.read_bytes())
        exported = rows["cis"] if isinstance(rows, dict) and "cis" in rows else rows["rows"]
        found.append(sorted(each["key"] for each in exported))

        assert found == [found[0]] * len(found), text


def test_a_saved_query_lives_its_life_on_the_command_line(shop: tuple[Program, str, str]) -> None:
    """Saved, run, changed, shared, removed; what it says of itself is true throughout."""
    program, *_ = shop
    saved = program(
        "query", "save", "stores", "--where", "class:DataStore", "--reason", "r", "--format", "json"
    )
    assert (saved.code, saved.json["count"], saved.json["shared"]) == (0, 2, False)
    assert program("query", "save", "stores", "--shared", "--reason", "for all").code == 0
    run = program("query", "run", "stores", "--format", "json")
    assert [each["key"] for each in run.json["cis"]] == ["pg-1", "pg-2"]
    lost = program("impact", "--where", "query:stores", "--format", "json")
    assert [each["key"] for each in lost.json["of"]] == ["pg-1", "pg-2"]

    program("query", "save", "outer", "--where", "query:stores tier:0", "--reason", "r")
    assert program("query", "remove", "stores", "--reason", "gone").code == 0

    faulty = program("query", "show", "outer", "--format", "json")
    assert (faulty.code, faulty.json["count"]) == (4, None)
    assert "stores" in faulty.err
    assert program("query", "run", "outer").code == 1
    assert [each["key"] for each in program("query", "list", "--format", "json").json] == ["outer"]
