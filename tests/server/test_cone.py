"""Cones for other programs: GraphML and node-link JSON that networkx opens as they were."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import orjson
import pytest

from tests.server.conftest import ESTATE
from tests.server.program import Program

pytestmark = pytest.mark.server

MORE = """\
  - key: odd <&> 東京
    class: Server
    name: "Odd \\U0001F600"
    attributes:
      description: "a\\tb\\nc \\uFFFE"
      ipAddresses: [192.0.2.1, 192.0.2.2]
      cpuCount: 8
      memoryGib: 1.5
    relationships:
      - {type: DEPENDS_ON, target: pg-1, port: 5432}
      - {type: CONNECTS_TO, target: pg-1}
      - {type: BACKED_UP_TO, target: pg-2}
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that is in a store and served from it."""

    store: Program
    service: Program


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    store = Program(f"sqlite:{folder / 'estate.db'}")
    (folder / "shop.yaml").write_text(ESTATE + MORE, "utf-8")
    assert store("import", "estate", folder / "shop.yaml").code == 0
    token = store("token", "create", "--name", "test", "--role", "VIEWER").out.strip()
    with store.serving() as served:
        yield Shop(store, store.asking(served.address, token))


def graph_of(program: Program, *wanted: str) -> "nx.MultiDiGraph[str]":
    done = program("export", "cone", *wanted, "--format", "json")
    assert done.code == 0, done.err
    graph: nx.MultiDiGraph[str] = nx.node_link_graph(orjson.loads(done.out), edges="edges")  # type: ignore[assignment] # a multigraph, says the file
    return graph


def xml_of(program: Program, *wanted: str) -> "nx.MultiDiGraph[str]":
    done = program("export", "cone", *wanted, "--format", "graphml")
    assert done.code == 0, done.err
    graph: nx.MultiDiGraph[str] = nx.read_graphml(  # type: ignore[assignment] # as asked
        io.BytesIO(done.out.encode()), force_multigraph=True
    )
    return graph


def rows(program: Program, name: str, *wanted: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = program("export", name, *wanted, "--format", "json").json["rows"]
    return listed


def test_the_whole_estate_opens_with_the_same_cis_relationships_and_attributes(shop: Shop) -> None:
    graph = graph_of(shop.store)
    cis, relationships = rows(shop.store, "cis"), rows(shop.store, "relationships")

    assert {
        key: {name: each for name, each in said.items() if name not in {"hops", "key"}}
        for key, said in graph.nodes(data=True)
    } == {
        each["key"]: {"ciId": each["id"], "name": each["name"], "class": each["class"]}
        | each["attributes"]
        for each in cis
    }
    assert {(a, b, key, said["type"]) for a, b, key, said in graph.edges(keys=True, data=True)} == {
        (each["source"], each["target"], each["id"], each["type"]) for each in relationships
    }
    assert graph.number_of_edges("odd <&> 東京", "pg-1") == 2
    assert graph.graph["revision"] == 1


def test_graphml_says_the_same_as_far_as_it_can(shop: Shop) -> None:
    graph, xml = graph_of(shop.store), xml_of(shop.store)

    assert {*xml.nodes} == {*graph.nodes}
    assert {*xml.edges(keys=True)} == {*graph.edges(keys=True)}
    odd = xml.nodes["odd <&> 東京"]
    assert odd["name"] == "Odd \U0001f600"
    assert odd["description"] == "a\tb\nc \ufffd"
    assert orjson.loads(odd["ipAddresses"]) == ["192.0.2.1", "192.0.2.2"]
    assert (odd["cpuCount"], odd["memoryGib"]) == (8, 1.5)
    assert xml.nodes["checkout"]["tier"] == 0


def test_a_cone_has_what_some_cis_need_or_what_needs_them(shop: Shop) -> None:
    assert {*graph_of(shop.store, "api", "--direction", "needs")} == {"api", "pg-1", "pg-2"}
    assert {*graph_of(shop.store, "api", "--direction", "needed-by")} == {
        "api", "checkout", "reports",
    }  # fmt: skip
    near = graph_of(shop.store, "pg-2", "--direction", "needed-by", "--max-hops", "1")
    assert {key: said["hops"] for key, said in near.nodes(data=True)} == {"pg-2": 0, "api": 1}
    assert near.graph["complete"] is False
    assert near.graph["notes"] == ["2 more CIs are one hop behind the limit"]


def test_relationships_of_a_cone_include_those_that_carry_no_impact(shop: Shop) -> None:
    listed = rows(shop.store, "relationships", "pg-2")

    assert {each["source"] for each in listed} <= {*graph_of(shop.store, "pg-2")}
    assert len(rows(shop.store, "relationships")) == 7
    graph = graph_of(shop.store)
    assert "BACKED_UP_TO" in {said["type"] for _, _, said in graph.edges(data=True)}


def test_states_of_an_impact_are_attributes(shop: Shop) -> None:
    graph = graph_of(shop.store, "pg-1", "pg-2", "--impact")
    states = {key: said["state"] for key, said in graph.nodes(data=True)}
    impact = shop.store("impact", "pg-1", "pg-2", "--format", "json").json
    expected = {each["key"]: each["state"] for each in impact["affected"]} | dict.fromkeys(
        ("pg-1", "pg-2"), "DOWN"
    )

    assert states["checkout"] == "DOWN"
    assert {key: state for key, state in states.items() if state != "UP"} == expected


@pytest.mark.parametrize("form", ["json", "graphml"])
@pytest.mark.parametrize(
    "wanted", [[], ["api", "--impact"], ["nobody"], ["pg-1", "--max-hops", "1"]], ids=" ".join
)
def test_a_service_exports_cones_like_the_store(shop: Shop, wanted: list[str], form: str) -> None:
    ours, theirs = (
        each("export", "cone", *wanted, "--format", form) for each in (shop.store, shop.service)
    )

    assert (ours.code, ours.err) == (theirs.code, theirs.err)
    assert _timeless(ours.out) == _timeless(theirs.out)
    assert ours.code == (4 if wanted == ["nobody"] else 0)


def test_a_cone_is_no_list_and_a_list_no_cone(shop: Shop, tmp_path: Path) -> None:
    cone = shop.store("export", "cone", "-o", tmp_path / "a.csv")
    listed = shop.store("export", "cis", "--format", "graphml")
    aimless = shop.store("export", "cone", "--impact", "--format", "json")

    assert [each.code for each in (cone, listed, aimless)] == [1, 1, 1]
    assert "graphml, json" in " ".join(cone.err.split())
    assert "a list is never graphml" in " ".join(listed.err.split())
    assert "say what is down" in " ".join(aimless.err.split())


def _timeless(out: str) -> str:
    return re.sub(r"20\d\d-\d\d-\d\dT[\d:.]+Z", "then", out)
