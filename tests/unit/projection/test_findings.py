"""Findings are told with every answer they concern."""

from pathlib import Path

import pytest

from graph_service.model.impact_state import ImpactState
from graph_service.model.vocabulary import packaged
from graph_service.projection import CurrentEstate
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.impact.questions import Questions
from graph_service.use_cases.inventory.references import CIRef
from tests.builders import TickingClock, estate

pytestmark = pytest.mark.anyio

WORLD = """
api(redundancy.db={"k":3}) -[DEPENDS_ON group=db]-> pg1 & pg2
far(redundancy.db={"k":9}) -[DEPENDS_ON group=db]-> island
"""


async def test_an_answer_tells_which_rules_of_what_it_reached_make_no_sense(
    tmp_path: Path,
) -> None:
    """Only of what was reached: nobody reads findings about the rest of the estate."""
    store = await open_sqlite(tmp_path / "estate.db", clock=TickingClock())
    try:
        await store.apply(estate(WORLD))
        questions = Questions(store, CurrentEstate(store, packaged()), packaged())

        answer = await questions.impact([(CIRef(key="pg1"), ImpactState.DOWN)])
    finally:
        await store.close()

    (note,) = answer.completeness.notes
    assert "group 'db' of api needs more members than it has" in note
