"""What surrounds the kernels: checked numbers, questions that stop, a cache that is honoured."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graph_service.analysis import Analysis, Scenario, Stop
from graph_service.model.errors import QuestionTooLargeError
from graph_service.model.impact_state import ImpactState
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
