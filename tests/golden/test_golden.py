"""Examples worked by hand, through everything from the store to the answer."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from graph_service.model.impact_state import ImpactState
from graph_service.model.vocabulary import packaged
from graph_service.projection import CurrentEstate
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.impact.impact_answer import ImpactAnswer, Outcome
from graph_service.use_cases.impact.questions import Questions
from graph_service.use_cases.inventory.references import CIRef
from tests.builders import TickingClock, ci_id, estate

EXAMPLES = {
    path.stem: yaml.safe_load(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "impact").glob("*.yaml"))
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", EXAMPLES)
async def test_answers_as_worked_by_hand(name: str, tmp_path: Path) -> None:
    """Every question of the file gets the states, distances, lists and paths its working shows."""
    golden = EXAMPLES[name]
    store = await open_sqlite(tmp_path / "estate.db", clock=TickingClock())
    try:
        await store.apply(estate(golden["estate"]))
        vocabulary = packaged()
        questions = Questions(store, CurrentEstate(store, vocabulary), vocabulary)
        for question in golden["questions"]:
            answer = await _asked(questions, question)

            assert _found(answer) == _expected(question), question
            for key, path in question.get("paths", {}).items():
                assert _path(answer, key) == path, question
            assert {key: answer.proof(ci_id(key))[-1].state.name for key in _hit(answer)} == {
                key: state for key, (state, _) in _hit(answer).items()
            }
    finally:
        await store.close()


async def _asked(questions: Questions, question: dict[str, Any]) -> ImpactAnswer:
    return await questions.impact(
        [(CIRef(key=key), ImpactState[state]) for key, state in question["of"].items()],
        duration_minutes=question.get("duration_minutes"),
        start_all_up=question.get("start_all_up", False),
    )


def _path(answer: ImpactAnswer, key: str) -> list[str]:
    row = answer.verdict(ci_id(key))
    assert row
    return [step.ci.key for step in row.path]


def _hit(answer: ImpactAnswer) -> dict[str, tuple[str, int]]:
    return {row.ci.key: (row.after.name, row.hops) for row in answer.rows(Outcome.AFFECTED)}


def _found(answer: ImpactAnswer) -> dict[str, Any]:
    return {
        "affected": _hit(answer),
        "saved": {
            row.ci.key: [each.rule.value for each in row.saved_by]
            for row in answer.rows(Outcome.SAVED)
        },
        "already_affected": {row.ci.key for row in answer.rows(Outcome.ALREADY_AFFECTED)},
        "reached_only": {row.ci.key for row in answer.rows(Outcome.REACHED_ONLY)},
    }


def _expected(question: dict[str, Any]) -> dict[str, Any]:
    return {
        "affected": {
            key: (state, hops) for key, (state, hops) in question.get("affected", {}).items()
        },
        "saved": {key: [rule] for key, rule in question.get("saved", {}).items()},
        "already_affected": {*question.get("already_affected", [])},
        "reached_only": {*question.get("reached_only", [])},
    }
