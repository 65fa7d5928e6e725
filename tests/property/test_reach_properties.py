"""What must hold of every blast radius, against networkx and against a list of links."""

from collections.abc import Iterator

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from graph_service.analysis import Analysis, Reach
from graph_service.model.impact_state import ImpactState, Strength
from graph_service.projection import Snapshot
from tests.property.oracles import leaning, reach
from tests.property.worlds import World, causes_in, snapshot_of, worlds

SITUATIONS = worlds().flatmap(lambda world: st.tuples(st.just(world), causes_in(world)))


def asked(world: World, causes: dict[str, ImpactState]) -> tuple[Snapshot, Reach]:
    snapshot = snapshot_of(world)
    return snapshot, Analysis(snapshot).reach(snapshot.place_by_key[each] for each in causes)


def drawn(world: World) -> "nx.DiGraph[str]":
    """Return the world as an outside library sees it: arrows from who fails to who is hit."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(each.name for each in world.cis)
    lean = leaning(world)
    graph.add_edges_from((each.provider, each.consumer) for each in lean.plain)
    attributes = {each.name: each.attributes for each in world.cis}
    for group in lean.groups.values():
        rule = attributes[group.owner].get(f"redundancy.{group.name}") or {}
        if rule.get("strength") != Strength.NONE.value:
            graph.add_edges_from((each.provider, each.consumer) for each in group.links)
    return graph


@given(SITUATIONS)
def test_reaches_what_networkx_reaches_at_its_distances(
    situation: tuple[World, dict[str, ImpactState]],
) -> None:
    """Every CI that can be reached is there once, at the distance an outside library finds."""
    world, causes = situation
    graph = drawn(world)

    snapshot, found = asked(world, causes)

    expected: dict[str, int] = {}
    for cause in causes:
        for name, hops in nx.single_source_shortest_path_length(graph, cause).items():
            expected[name] = min(hops, expected.get(name, hops))
    keys = [snapshot.keys[each] for each in found.order]
    assert dict(zip(keys, found.hops.tolist(), strict=True)) == expected
    assert len(set(keys)) == len(keys)
    assert expected == reach(world, frozenset(causes))


@given(SITUATIONS)
def test_shows_the_shortest_way_whose_keys_come_first(
    situation: tuple[World, dict[str, ImpactState]],
) -> None:
    """Of all shortest ways from any cause, the evidence is the first in the order of keys."""
    world, causes = situation
    graph = drawn(world)
    snapshot, found = asked(world, causes)

    for at, hops in enumerate(found.hops.tolist()):
        name = snapshot.keys[found.order[at]]
        ways = [
            way
            for cause in causes
            if nx.has_path(graph, cause, name)
            for way in nx.all_shortest_paths(graph, cause, name)
            if len(way) == hops + 1
        ]
        assert [*shown(snapshot, found, at)] == min(ways)


def shown(snapshot: Snapshot, found: Reach, at: int) -> Iterator[str]:
    if found.previous[at] >= 0:
        yield from shown(snapshot, found, int(found.previous[at]))
    yield snapshot.keys[found.order[at]]


@given(SITUATIONS, st.data())
def test_more_causes_reach_no_less(
    situation: tuple[World, dict[str, ImpactState]], data: st.DataObject
) -> None:
    """Adding a cause never takes a CI out of the blast radius."""
    world, causes = situation
    more = {**causes, **data.draw(causes_in(world))}

    _, fewer = asked(world, causes)
    _, all_of_them = asked(world, more)

    assert {*fewer.order.tolist()} <= {*all_of_them.order.tolist()}
