"""What must hold of every cone, against the blast radius and against a walk link by link."""

from hypothesis import given
from hypothesis import strategies as st

from graph_service.projection import Snapshot
from graph_service.use_cases.impact.cone import Cone, cone_of
from graph_service.use_cases.impact.cone_direction import ConeDirection
from tests.property.oracles import reach
from tests.property.worlds import World, snapshot_of, worlds

OPENED = worlds().flatmap(
    lambda world: st.tuples(
        st.just(world),
        st.sets(st.sampled_from([each.name for each in world.cis]), min_size=1, max_size=3),
    )
)


def by_key(snapshot: Snapshot, cone: Cone) -> dict[str, int]:
    keys = [snapshot.keys[each] for each in cone.places.tolist()]
    return dict(zip(keys, cone.hops.tolist(), strict=True))


def opened(snapshot: Snapshot, keys: set[str], direction: ConeDirection) -> dict[str, int]:
    origins = [snapshot.place_by_key[each] for each in sorted(keys)]
    return by_key(snapshot, cone_of(snapshot, origins, direction, None))


@given(OPENED)
def test_what_needs_some_cis_is_what_they_could_take_down(
    drawn: tuple[World, set[str]],
) -> None:
    world, keys = drawn
    found = opened(snapshot_of(world), keys, ConeDirection.NEEDED_BY)

    assert found == reach(world, frozenset(keys))


@given(OPENED)
def test_what_some_cis_need_is_whatever_could_take_one_of_them_down(
    drawn: tuple[World, set[str]],
) -> None:
    world, keys = drawn
    found = opened(snapshot_of(world), keys, ConeDirection.NEEDS)

    expected = {}
    for each in world.cis:
        distances = [
            hops for key, hops in reach(world, frozenset({each.name})).items() if key in keys
        ]
        if distances:
            expected[each.name] = min(distances)
    assert found == expected


@given(OPENED)
def test_both_ways_is_the_nearer_of_the_two(drawn: tuple[World, set[str]]) -> None:
    world, keys = drawn
    snapshot = snapshot_of(world)
    needs, needed_by = (
        opened(snapshot, keys, each) for each in (ConeDirection.NEEDS, ConeDirection.NEEDED_BY)
    )

    assert opened(snapshot, keys, ConeDirection.BOTH) == {
        key: min(each[key] for each in (needs, needed_by) if key in each)
        for key in {*needs, *needed_by}
    }


@given(OPENED, st.integers(1, 4), st.sampled_from(ConeDirection))
def test_a_limit_cuts_by_distance_and_counts_what_is_right_behind_it(
    drawn: tuple[World, set[str]], max_hops: int, direction: ConeDirection
) -> None:
    world, keys = drawn
    snapshot = snapshot_of(world)
    whole = opened(snapshot, keys, direction)
    origins = [snapshot.place_by_key[each] for each in keys]

    cut = cone_of(snapshot, origins, direction, max_hops)

    assert by_key(snapshot, cut) == {key: hops for key, hops in whole.items() if hops <= max_hops}
    assert cut.frontier_count == sum(hops == max_hops + 1 for hops in whole.values())
    assert [*cut.places] == sorted(cut.places)
    assert all(cut.has(snapshot.ids[each]) for each in cut.places.tolist())
    assert not cut.has("ci_nowhere")


@given(worlds())
def test_the_cone_of_everything_is_every_living_ci(world: World) -> None:
    snapshot = snapshot_of(world)
    cone = cone_of(snapshot, None, ConeDirection.BOTH, None)

    assert cone.ids(0, len(cone)) == [*snapshot.ids]
