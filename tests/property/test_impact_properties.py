"""What must hold of every impact answer, whatever the estate: I1 to I10, I13, I14."""

import math
from collections.abc import Mapping
from dataclasses import replace
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from graph_service.analysis import Analysis, Hit, Reason, Rule, Scenario, States, proof, savings
from graph_service.model.impact_state import ImpactState
from graph_service.model.relationship import Relationship
from tests.builders import ci, related
from tests.property.oracles import (
    inherited,
    joined,
    leaning,
    lfp,
    own_states,
    reach,
)
from tests.property.worlds import DURATIONS, STATES, World, causes_in, same, snapshot_of, worlds

UP, AT_RISK, DEGRADED, DOWN = ImpactState
SITUATIONS = worlds().flatmap(lambda world: st.tuples(st.just(world), causes_in(world)))
HEALTHY = worlds(healthy=True).flatmap(lambda world: st.tuples(st.just(world), causes_in(world)))


def asked(
    world: World,
    causes: Mapping[str, ImpactState],
    duration: float = math.inf,
    unaffected: frozenset[str] = frozenset(),
) -> tuple[States, Hit]:
    snapshot = snapshot_of(world)
    scenario = Scenario(
        causes={snapshot.place_by_key[name]: state for name, state in causes.items()},
        duration_minutes=duration,
        unaffected=frozenset(snapshot.place_by_key[name] for name in unaffected),
    )
    outcome = Analysis(snapshot).hit(scenario)
    return States(snapshot, outcome), outcome


def after(world: World, causes: Mapping[str, ImpactState]) -> dict[str, ImpactState]:
    states, _ = asked(world, causes)
    return named(states, states.after.tolist())


def named(states: States, numbers: list[int]) -> dict[str, ImpactState]:
    return {
        key: ImpactState(number) for key, number in zip(states.snapshot.keys, numbers, strict=True)
    }


@given(SITUATIONS, DURATIONS, st.data())
def test_finds_the_least_fixpoint(
    situation: tuple[World, dict[str, ImpactState]], duration: float, data: st.DataObject
) -> None:
    """The states are those of the operator applied over and over to an estate that is all UP."""
    world, causes = situation
    cut = frozenset(
        data.draw(st.sets(st.sampled_from([each.name for each in world.cis]), max_size=2))
    )

    states, _ = asked(world, causes, duration, cut)

    own = own_states(world)
    assert named(states, states.before.tolist()) == lfp(world, own, duration, cut)
    assert named(states, states.after.tolist()) == lfp(world, joined(own, causes), duration, cut)


@given(SITUATIONS)
def test_adding_causes_never_helps(situation: tuple[World, dict[str, ImpactState]]) -> None:
    """I1: nothing is better after than before."""
    states, _ = asked(*situation)

    assert (states.before <= states.after).all()


@given(SITUATIONS, st.data())
def test_worse_causes_never_help(
    situation: tuple[World, dict[str, ImpactState]], data: st.DataObject
) -> None:
    """I2: more causes, or worse ones, leave nothing better."""
    world, causes = situation
    more = data.draw(causes_in(world))

    fewer, all_of_them = after(world, causes), after(world, joined(causes, more))

    assert all(fewer[name] <= all_of_them[name] for name in fewer)


@given(SITUATIONS)
def test_hits_only_what_it_can_reach(situation: tuple[World, dict[str, ImpactState]]) -> None:
    """I3: whatever becomes worse is a cause or was reached."""
    states, outcome = asked(*situation)

    worse = {
        place for place, (x, y) in enumerate(zip(states.before, states.after, strict=True)) if y > x
    }
    assert worse <= set(outcome.reach.order.tolist())


@given(SITUATIONS, st.randoms(use_true_random=False))
def test_does_not_depend_on_the_order_of_records(
    situation: tuple[World, dict[str, ImpactState]], random: Random
) -> None:
    """I4: the same records in another order give the same arrays and the same answer."""
    world, causes = situation
    cis, relationships = list(world.cis), list(world.relationships)
    random.shuffle(cis)
    random.shuffle(relationships)

    one, _ = asked(world, causes)
    other, _ = asked(World(tuple(cis), tuple(relationships)), causes)

    assert same(one.snapshot, other.snapshot)
    assert one.after.tolist() == other.after.tolist()
    assert one.outcome.reach.order.tolist() == other.outcome.reach.order.tolist()
    assert one.outcome.reach.via.tolist() == other.outcome.reach.via.tolist()
    assert one.outcome.settled.tolist() == other.outcome.settled.tolist()


@given(HEALTHY)
def test_asking_again_from_the_outcome_adds_nothing(
    situation: tuple[World, dict[str, ImpactState]],
) -> None:
    """I5: the outcome, taken as what is given, is its own outcome."""
    world, causes = situation
    outcome = after(world, causes)

    assert after(world, {name: state for name, state in outcome.items() if state}) == outcome


@given(HEALTHY, st.data())
def test_a_weaker_or_missing_dependency_never_hurts(
    situation: tuple[World, dict[str, ImpactState]], data: st.DataObject
) -> None:
    """I6: HARD made SOFT, or a plain dependency taken away, leaves nothing worse."""
    world, causes = situation
    plain = [each for each in world.relationships if is_plain(world, each)]
    assume(plain)
    chosen = data.draw(st.sampled_from(plain))
    softer = replace(chosen, attributes={**chosen.attributes, "strength": "ADVISORY"})

    was = after(world, causes)

    for replacement in ((), (softer,)):
        others = tuple(each for each in world.relationships if each is not chosen)
        now = after(World(world.cis, (*others, *replacement)), causes)
        assert all(now[name] <= was[name] for name in was)


def is_plain(world: World, each: Relationship) -> bool:
    return bool(leaning(World(world.cis, (each,))).plain)


@given(HEALTHY, st.integers(1, 3))
def test_needing_more_never_helps(situation: tuple[World, dict[str, ImpactState]], k: int) -> None:
    """I7: a higher k, or a higher k_full, leaves nothing better."""
    world, causes = situation
    rule = {"k": k, "kFull": k}
    for name, number in (("k", k + 1), ("kFull", k + 1)):
        low = world.with_ci(world.cis[0].name, **{"redundancy.x": rule})
        high = world.with_ci(world.cis[0].name, **{"redundancy.x": {**rule, name: number}})

        less, more = after(low, causes), after(high, causes)

        assert all(less[each] <= more[each] for each in less)


@given(HEALTHY, st.sampled_from(["k", "percent"]), st.integers(1, 3), st.data())
def test_a_member_that_is_well_never_hurts(
    situation: tuple[World, dict[str, ImpactState]], unit: str, amount: int, data: st.DataObject
) -> None:
    """I8: one more active member that nothing touches hurts nothing, counted or in percent."""
    world, causes = situation
    rule = {unit: amount if unit == "k" else amount * 33, "strength": "HARD"}
    before, owner, _ = with_group(world, rule, data)
    spare = related(owner, "spare", group="x")
    more = World((*before.cis, ci("spare")), (*before.relationships, spare))

    was, now = after(before, causes), after(more, causes)

    assert all(now[name] <= was[name] for name in was)


def with_group(
    world: World, rule: Mapping[str, object], data: st.DataObject
) -> tuple[World, str, list[str]]:
    """Return a world whose first CI has a group of these rules, that CI, and who is not in it."""
    names = [each.name for each in world.cis]
    owner, others = names[0], [*names[1:], "extra"]
    joining = data.draw(st.lists(st.sampled_from(others), min_size=1, unique=True))
    ruled = replace(world, cis=(*world.cis, ci("extra"))).with_ci(owner, **{"redundancy.x": rule})
    joins = tuple(related(owner, each, "HOSTED_ON", group="x") for each in joining)
    grouped = replace(ruled, relationships=(*ruled.relationships, *joins))
    members = leaning(grouped).groups[owner, "x"].members()
    return grouped, owner, sorted({*others} - {*members})


@given(HEALTHY, st.integers(1, 3), st.data())
def test_any_further_member_of_a_counted_group_keeps_the_service_up(
    situation: tuple[World, dict[str, ImpactState]], k: int, data: st.DataObject
) -> None:
    """I9: with a counted k, one more member, however bad, puts nothing into DEGRADED or DOWN."""
    world, causes = situation
    rule = {"k": k, "strength": "HARD", "mode": "ACTIVE_ACTIVE"}
    before, owner, others = with_group(world, rule, data)
    assume(others and len(leaning(before).groups[owner, "x"].members()) >= k)
    joining = related(owner, data.draw(st.sampled_from(others)), "RUNS_ON", group="x")

    was = after(before, causes)
    now = after(World(before.cis, (*before.relationships, joining)), causes)

    assert all(now[name] <= max(was[name], AT_RISK) for name in was)


def test_a_further_member_of_a_percent_group_may_hurt() -> None:
    """I9 does not hold of percent: a third member on what fails raises what is needed."""

    def world(members: str) -> World:
        cis = (ci("api"), ci("san"), *map(ci, "abc"))
        joins = [related("api", each, group="x") for each in members]
        drawn = World(cis, (*joins, related("a", "san"), related("c", "san")))
        return drawn.with_ci("api", **{"redundancy.x": {"percent": 50}})

    assert after(world("ab"), {"san": DOWN})["api"] is AT_RISK
    assert after(world("abc"), {"san": DOWN})["api"] is DOWN


@given(HEALTHY, st.data())
def test_causes_that_reach_nothing_in_common_do_not_add_up(
    situation: tuple[World, dict[str, ImpactState]], data: st.DataObject
) -> None:
    """I10: where reaches do not meet, the joint outcome is the outcomes side by side."""
    world, causes = situation
    others = data.draw(causes_in(world))
    assume(not reach(world, frozenset(causes)).keys() & reach(world, frozenset(others)).keys())

    together = after(world, {**causes, **others})

    assert together == joined(after(world, causes), after(world, others))


@given(SITUATIONS, DURATIONS)
def test_proofs_rest_on_causes_and_starting_states_and_can_be_replayed(
    situation: tuple[World, dict[str, ImpactState]], duration: float
) -> None:
    """I13 and I14: leaves are given, steps rest on earlier ones, and those alone bring it about."""
    world, causes = situation
    states, _ = asked(world, causes, duration)
    own = own_states(world)

    for place in range(len(states.snapshot)):
        steps = proof(states, place)
        assert bool(steps) == bool(states.after[place])
        if steps:
            assert steps[-1].ci == place
        known: dict[str, ImpactState] = {}
        for step in steps:
            name = states.snapshot.keys[step.ci]
            known[name] = replayed(world, step, states, known, duration)
            assert known[name] == step.state == states.after[step.ci]
            given_states = {Rule.CAUSE: causes, Rule.STARTING_STATE: own}.get(step.rule)
            assert given_states is None or given_states[name] == step.state


def replayed(
    world: World, step: Reason, states: States, known: dict[str, ImpactState], duration: float
) -> ImpactState:
    name = states.snapshot.keys[step.ci]
    if step.rule in {Rule.CAUSE, Rule.STARTING_STATE}:
        return ImpactState(step.state)
    because = {
        states.snapshot.keys[each]: known[states.snapshot.keys[each]] for each in step.because
    }
    return inherited(world, name, because, duration)


@given(SITUATIONS, DURATIONS, st.data())
def test_says_what_saved_whatever_is_saved(
    situation: tuple[World, dict[str, ImpactState]], duration: float, data: st.DataObject
) -> None:
    """What leans on something worse and stays UP names what absorbed it; nothing else is saved."""
    world, causes = situation
    cut = frozenset(
        data.draw(st.sets(st.sampled_from([each.name for each in world.cis]), max_size=1))
    )
    states, outcome = asked(world, causes, duration, cut)
    unproven = 0

    for at in range(outcome.reach.cause_count, len(outcome.reach)):
        place = int(outcome.reach.order[at])
        found = savings(states, place)
        if outcome.before[at] == outcome.after[at] == 0:
            assert bool(found) == bool(outcome.leaned[at])
            unproven += any(not each.verified for each in found)

    assert unproven == outcome.unproven_count


@given(worlds(healthy=True), STATES)
def test_a_workspace_leaves_no_trace(world: World, state: ImpactState) -> None:
    """The same analysis, asked about each CI in turn and back, gives each its own answer."""
    snapshot = snapshot_of(world)
    analysis = Analysis(snapshot)
    cis = [*range(len(snapshot)), *reversed(range(len(snapshot)))]

    for place in cis:
        scenario = Scenario(causes={place: state})
        worn, fresh = analysis.hit(scenario), Analysis(snapshot).hit(scenario)
        assert worn.after.tolist() == fresh.after.tolist()
        assert worn.settled.tolist() == fresh.settled.tolist()
