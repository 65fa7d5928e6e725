"""What surrounds the kernels: checked numbers, questions that stop, a cache that is honoured."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graph_service.analysis import Absorber, Analysis, Scenario, States, Stop, savings
from graph_service.model.errors import QuestionTooLargeError
from graph_service.model.impact_state import AT_RISK, DOWN, UP, ImpactState
from tests.builders import estate
from tests.property.worlds import World, snapshot_of


def analysis_of(drawing: str) -> Analysis:
    delta = estate(drawing)
    return Analysis(snapshot_of(World(delta.cis, delta.relationships)))


@pytest.mark.parametrize("number", [-1, 2, 2**31, 2**40])
def test_refuses_numbers_that_are_no_cis(number: int) -> None:
    """Compiled loops check nothing, so nothing wrong may reach them."""
    analysis = analysis_of("a -> b")

    with pytest.raises(IndexError):
        analysis.reach([number])
    with pytest.raises(IndexError):
        analysis.hit(Scenario(causes={number: ImpactState.DOWN}))


def test_a_stopped_question_ends_and_leaves_nothing_behind() -> None:
    """Told to stop, it says it was too large; the next question gets its full answer."""
    analysis = analysis_of("a -> b -> c(operationalState=DEGRADED)")
    scenario = Scenario(causes={2: ImpactState.DOWN})
    stop = Stop()
    stop.now()

    for ask in (lambda: analysis.reach([2], stop=stop), lambda: analysis.hit(scenario, stop=stop)):
        with pytest.raises(QuestionTooLargeError):
            ask()

    assert analysis.hit(scenario).after.tolist() == [3, 3, 3]


def test_a_cause_named_twice_is_one_cause() -> None:
    """The same CI twice in a question neither counts nor fails twice."""
    reach = analysis_of("a -> b").reach([1, 1, 1])

    assert (len(reach), reach.cause_count) == (2, 1)


def test_kernels_are_kept_where_they_are_told_to_be(tmp_path: Path) -> None:
    """Compiling ahead fills the folder that NUMBA_CACHE_DIR names."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    subprocess.run(
        [sys.executable, "-m", "graph_service.analysis.warm"], env=environment, check=True
    )

    kept = {each.name.split(".")[0] for each in tmp_path.rglob("*.nbi")}
    assert kept >= {"reach", "hit", "collect", "unproven"}


def test_a_group_of_three_hundred_counts_to_the_end() -> None:
    """Members are counted beyond what a byte holds."""
    members = [f"n{number:03}" for number in range(300)]
    analysis = analysis_of(
        f'api(redundancy.x={{"k":20}}) -[DEPENDS_ON group=x]-> {" & ".join(members)}'
    )
    places = [analysis.snapshot.place_by_key[each] for each in members]

    for lost, state in ((279, UP), (280, AT_RISK), (281, DOWN)):
        outcome = analysis.hit(Scenario(causes=dict.fromkeys(places[:lost], DOWN)))
        assert outcome.after.tolist()[outcome.reach.cause_count :] == [state]


def test_a_diamond_is_hit_once_at_its_shortest_distance() -> None:
    """Two ways to the same CI, one longer: one row, two hops, by the shorter way."""
    analysis = analysis_of("top -> left -> base; top -> long -> way -> base")
    keys = analysis.snapshot.keys

    reach = analysis.reach([analysis.snapshot.place_by_key["base"]])

    found = [keys[each] for each in reach.order]
    assert dict(zip(found, reach.hops.tolist(), strict=True)) == {
        "base": 0,
        "left": 1,
        "way": 1,
        "long": 2,
        "top": 2,
    }
    assert found[reach.previous[found.index("top")]] == "left"


def test_a_judgement_names_what_it_keeps_out_alone_and_in_groups() -> None:
    """A CI judged unaffected is saved from the plain provider and from the lost member alike."""
    analysis = analysis_of('web -> db; web(redundancy.x={"k":1}) -[USES group=x]-> a & b')
    number = analysis.snapshot.place_by_key
    scenario = Scenario(
        causes={number["db"]: DOWN, number["b"]: DOWN}, unaffected=frozenset({number["web"]})
    )

    found = savings(States(analysis.snapshot, analysis.hit(scenario)), number["web"])

    assert [(each.absorber, each.verified) for each in found] == [(Absorber.JUDGEMENT, False)]
    assert found[0].lost == (number["b"], number["db"])
