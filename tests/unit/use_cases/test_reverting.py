"""Runs too large to be undone as a whole: piece by piece comes to the same."""

from pathlib import Path
from random import Random

import pytest

from graph_service.model.edit import CreateCi, EditRef, SetRelationship, UpdateCi
from graph_service.model.errors import GraphServiceError, InvalidInputError
from graph_service.model.observation import Event
from graph_service.model.vocabulary import packaged
from graph_service.use_cases.intake.import_run import RunState
from graph_service.use_cases.undoing.undo_plan import UndoPlan, UndoResult
from graph_service.use_cases.undoing.undoing import Undoing, UndoOrder
from tests.builders import ADA, TickingClock
from tests.readings import Estate, KilledError, counting_ids, killed_after, opened, relates, says
from tests.unit.use_cases.test_undoing import claims

pytestmark = pytest.mark.anyio

KEYS = ("a", "b", "c", "d", "e")
SEEDS = 16
PIECES = "graph_service.use_cases.undoing.reverting.AT_ONCE_MAX"


@pytest.fixture(autouse=True)
def _small_revisions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph_service.reconcile.batches.DELTA_RECORDS_MAX", 2)


def _undoing(estate: Estate) -> Undoing:
    return Undoing(estate.store, packaged(), clock=TickingClock(), new_id=counting_ids())


async def _revert(estate: Estate, run: str, *, keeps: bool = False) -> UndoResult | UndoPlan:
    order = UndoOrder(actor=ADA, reason="wrong file", keeps_later=keeps)
    return await _undoing(estate).revert(run, order)


def _events(random: Random, least: int) -> list[Event]:
    said = random.sample(KEYS, random.randint(least, len(KEYS)))
    events: list[Event] = [says(key, tier=random.choice([1, 2])) for key in said]
    for _ in range(random.randint(least, 4)):
        source, target = random.sample(said if len(said) > 1 else KEYS, 2)
        events.append(relates(source, target, port=random.choice([1, 2])))
    return events


async def _history(estate: Estate, random: Random) -> str:
    """Write a small import, a large one and perhaps something by hand; return the large run."""
    for _ in range(random.randint(0, 2)):
        await estate.take_in(*_events(random, 0), data_source=random.choice(["techsol", "scan"]))
    if random.random() < 0.2:
        await estate.editing.edit(
            [CreateCi(class_name="Application", name="a", key="a", attributes={})],
            actor=ADA, reason="by hand",
        ) if "a" not in await estate.cis() else None  # fmt: skip
    run = (await estate.take_in(*_events(random, 2), complete=random.random() < 0.3)).run
    ref = EditRef(key=random.choice(KEYS))
    later = random.choice([
        None,
        None,
        UpdateCi(ci=ref, attributes={"tier": 0}),
        SetRelationship(source=ref, type="USES", target=EditRef(key="z"), attributes={}),
    ])  # fmt: skip
    if later is not None:
        new = CreateCi(class_name="Application", name="z", key="z", attributes={})
        try:
            await estate.editing.edit([new, later], actor=ADA, reason="since")
        except GraphServiceError:
            return run
    return run


async def _reverted(path: Path, seed: int) -> object:
    random = Random(seed)  # noqa: S311 - the same estates every time
    async with opened(path / "estate.db") as estate:
        run = await _history(estate, random)
        try:
            done = await _revert(estate, run, keeps=True)
        except InvalidInputError as error:
            return error.faults[0].code
        assert isinstance(done, UndoResult)
        counts = (done.reactivated, done.updated, done.retired, done.kept)
        state = (await estate.intake.run(run)).state
        return await estate.picture(), await claims(estate), counts, state


async def test_piece_by_piece_comes_to_what_the_whole_comes_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or is refused, before anything is written."""
    compared = 0
    for seed in range(SEEDS):
        with monkeypatch.context() as patch:
            (tmp_path / f"{seed}-whole").mkdir()
            whole = await _reverted(tmp_path / f"{seed}-whole", seed)
            patch.setattr(PIECES, 0)
            (tmp_path / f"{seed}-pieces").mkdir()
            in_pieces = await _reverted(tmp_path / f"{seed}-pieces", seed)
        if in_pieces != "RUN_TOO_LARGE":
            assert in_pieces == whole, seed
            compared += whole != "NOTHING_TO_UNDO"
    assert compared >= SEEDS // 3


async def _imported(estate: Estate) -> str:
    await estate.take_in(says("a", tier=1))
    events: list[Event] = [
        says("a", tier=2),
        *(says(key) for key in "bcd"),
        relates("b", "c"),
        relates("c", "a"),
    ]
    return (await estate.take_in(*events)).run


@pytest.mark.parametrize("writes", [1, 2])
async def test_a_large_revert_that_was_killed_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    monkeypatch.setattr(PIECES, 0)
    async with opened(tmp_path / "estate.db") as estate:
        await estate.take_in(says("a", tier=1))
        before = await estate.picture(), await claims(estate)
        run = await _imported(estate)
        with killed_after(estate, writes), pytest.raises(KilledError):
            await _revert(estate, run)
        half = (await estate.intake.run(run)).state

        done = await _revert(estate, run)

        assert half is RunState.REVERTING
        assert isinstance(done, UndoResult)
        assert (await estate.picture(), await claims(estate)) == before
        assert (await estate.intake.run(run)).state is RunState.REVERTED
        again = await _revert(estate, run)
        assert isinstance(again, UndoResult)
        assert not again.changed


async def test_what_others_wrote_since_is_in_the_way_of_a_large_revert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is: the record is named, with who wrote it, and nothing is written."""
    monkeypatch.setattr(PIECES, 0)
    async with opened(tmp_path / "estate.db") as estate:
        run = await _imported(estate)
        await estate.editing.edit(
            [UpdateCi(ci=EditRef(key="b"), attributes={"owner": "Ada"})], actor=ADA, reason="moved"
        )
        newest = await estate.revision()

        refused = await _revert(estate, run)
        plan = await _undoing(estate).plan_of_run(run)

        assert isinstance(refused, UndoPlan)
        assert [(each.label, each.name, each.reason) for each in refused.conflicts] == [
            ("b", "owner", "moved")
        ]
        assert (plan.conflicts, plan.changes) == (refused.conflicts, refused.changes)
        assert await estate.revision() == newest

        kept = await _revert(estate, run, keeps=True)

        assert isinstance(kept, UndoResult)
        assert {*await estate.cis(retired=False)} == {"a"}


async def test_a_plan_of_a_large_revert_says_what_it_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as if it were looked at as a whole, the newest first."""
    async with opened(tmp_path / "estate.db") as estate:
        run = await _imported(estate)
        whole = await _undoing(estate).plan_of_run(run)
        monkeypatch.setattr(PIECES, 0)

        plan = await _undoing(estate).plan_of_run(run)

        assert {each.record_id: each for each in plan.changes} == {
            each.record_id: each for each in whole.changes
        }
        assert len(plan.changes) == len(whole.changes)
        assert (plan.revisions, plan.conflicts) == (whole.revisions, [])


async def test_a_large_run_whose_revisions_build_on_each_other_is_not_reverted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan and the revert say alike which revisions to undo instead, and write nothing."""
    monkeypatch.setattr(PIECES, 0)
    async with opened(tmp_path / "estate.db") as estate:
        await estate.take_in(says("a"), relates("a", "b"))
        run = (await estate.take_in(says("a"), says("b"), says("c"), says("d"))).run
        newest = await estate.revision()

        for refused in (_undoing(estate).plan_of_run(run), _revert(estate, run)):
            with pytest.raises(InvalidInputError, match="build on each other") as error:
                await refused
            assert f"{newest} down to" in error.value.faults[0].remedy
        assert await estate.revision() == newest
