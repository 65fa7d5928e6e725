"""What must hold of the ways on which harm is shown to have travelled."""

from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from graph_service.analysis import Rule, States, proof
from graph_service.analysis.proof import hit_entries
from graph_service.model.impact_state import ImpactState
from tests.builders import related
from tests.property.oracles import inherited, leaning
from tests.property.test_impact_properties import asked
from tests.property.worlds import DURATIONS, World, causes_in, worlds

DOWN = ImpactState.DOWN
SITUATIONS = worlds().flatmap(lambda world: st.tuples(st.just(world), causes_in(world)))


def way(states: States, ci: int) -> list[int]:
    """Return the CIs on the way to one, its cause first."""
    harm = states.harm
    place = int(harm.places(harm.order[harm.order == ci])[0])
    found = []
    while place >= 0:
        found.append(int(harm.order[place]))
        place = int(harm.previous[place])
    return found[::-1]


def worse(states: States) -> set[int]:
    """Return the CIs that became worse."""
    return {
        ci
        for ci, (before, after) in enumerate(zip(states.before, states.after, strict=True))
        if after > before
    }


@given(SITUATIONS, DURATIONS)
def test_every_ci_that_became_worse_has_a_way_from_a_cause_over_worse_cis(
    situation: tuple[World, dict[str, ImpactState]], duration: float
) -> None:
    """Each way begins at a cause as it is asked about, over dependencies of who became worse."""
    world, causes = situation
    states, outcome = asked(world, causes, duration)
    asked_states = outcome.scenario.causes

    assert {*states.harm.order.tolist()} == worse(states)
    for ci in worse(states):
        cis = way(states, ci)
        assert asked_states[cis[0]] == states.after[cis[0]]
        assert {*cis} <= worse(states)
        for provider, dependant in pairwise(cis):
            via = int(states.harmed_via[dependant])
            assert via in hit_entries(
                states.snapshot, provider, dependant, outcome.scenario.channels
            )


@given(SITUATIONS, DURATIONS)
def test_the_proof_goes_the_same_way(
    situation: tuple[World, dict[str, ImpactState]], duration: float
) -> None:
    """Each hop of the way to a CI is a step of its proof, by the same dependency or group."""
    states, _ = asked(*situation, duration)
    snapshot = states.snapshot

    for ci in worse(states):
        cis, steps = way(states, ci), {step.ci: step for step in proof(states, ci)}
        assert steps[cis[0]].rule is Rule.CAUSE
        for provider, dependant in pairwise(cis):
            step, via = steps[dependant], int(states.harmed_via[dependant])
            assert provider in step.because
            group = int(snapshot.hit[via]) - len(snapshot)
            assert (step.group, step.entry) == ((group, -1) if group >= 0 else (-1, via))


@given(SITUATIONS, DURATIONS)
def test_no_way_on_which_each_hop_makes_a_difference_is_shorter(
    situation: tuple[World, dict[str, ImpactState]], duration: float
) -> None:
    """Nor is one as short whose keys come first: the ways are found by trying everything."""
    world, causes = situation
    states, outcome = asked(world, causes, duration)
    keys = states.snapshot.keys
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(keys)
    graph.add_edges_from(decisive(world, states, duration))
    roots = [
        keys[ci]
        for ci, state in outcome.scenario.causes.items()
        if state == states.after[ci] > states.before[ci]
    ]

    for ci in worse(states):
        tried = [
            each
            for root in roots
            if nx.has_path(graph, root, keys[ci])
            for each in nx.all_shortest_paths(graph, root, keys[ci])
        ]
        if tried:
            shown = [keys[each] for each in way(states, ci)]
            assert (len(shown), shown) <= min((len(each), each) for each in tried)


def decisive(world: World, states: States, duration: float) -> Iterator[tuple[str, str]]:
    """Yield who hit whom so that, given some of the other providers, it made the difference."""
    lean = leaning(world)
    links = [*lean.plain, *(each for group in lean.groups.values() for each in group.links)]
    number, rank = states.snapshot.place_by_key, states.rank
    for consumer in {each.consumer for each in links}:
        ci = number[consumer]
        earlier = sorted(
            {
                each.provider
                for each in links
                if each.consumer == consumer and -1 < rank[number[each.provider]] < rank[ci]
            }
        )
        for provider in earlier:
            others = [each for each in earlier if each != provider]
            for size in range(len(others) + 1):
                if any(
                    makes_the_difference(world, states, consumer, provider, chosen, duration)
                    for chosen in combinations(others, size)
                ):
                    yield provider, consumer
                    break


def makes_the_difference(
    world: World,
    states: States,
    consumer: str,
    provider: str,
    others: tuple[str, ...],
    duration: float,
) -> bool:
    number = states.snapshot.place_by_key
    now = states.after[number[consumer]]
    lost = {each: ImpactState(int(states.after[number[each]])) for each in others}

    def with_provider(state: int) -> Mapping[str, ImpactState]:
        return {**lost, provider: ImpactState(int(state))}

    before, after = states.before[number[provider]], states.after[number[provider]]
    return bool(
        inherited(world, consumer, with_provider(before), duration)
        < now
        <= inherited(world, consumer, with_provider(after), duration)
    )


@given(worlds(healthy=True), st.data())
def test_where_all_lean_hard_and_alone_harm_comes_by_the_shortest_way(
    world: World, data: st.DataObject
) -> None:
    """Without redundancy or anything soft, what is reached is hit, by the path reach shows."""
    names = {each.id: each.name for each in world.cis}
    ends = {(names[each.source], names[each.target]) for each in world.relationships}
    plain = World(world.cis, tuple(related(*each) for each in sorted(ends)))
    causes = dict.fromkeys(data.draw(causes_in(plain)), DOWN)

    states, outcome = asked(plain, causes)

    assert states.harm.order.tolist() == outcome.reach.order.tolist()
    assert states.harm.via.tolist() == outcome.reach.via.tolist()
    assert states.harm.hops.tolist() == outcome.reach.hops.tolist()
