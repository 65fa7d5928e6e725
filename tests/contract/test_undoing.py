"""Undoing on every store: whatever the newest revision did, undone it leaves no trace."""

from collections.abc import Iterator
from random import Random
from typing import cast

import pytest

from graph_service.model.edit import (
    CreateCi,
    Edit,
    EditRef,
    MergeCis,
    ReactivateCi,
    RemoveRedundancyGroup,
    RetireCi,
    RetireRelationship,
    SetRedundancyGroup,
    SetRelationship,
    SplitCi,
    UpdateCi,
)
from graph_service.model.errors import GraphServiceError
from graph_service.model.impact_state import ImpactState
from graph_service.model.observation import Event
from graph_service.model.vocabulary import packaged
from graph_service.store import GraphStore
from graph_service.use_cases.impact.impact_answer import Outcome
from graph_service.use_cases.inventory.references import CIRef
from graph_service.use_cases.product import Product, joined
from graph_service.use_cases.undoing.undo_plan import UndoResult
from graph_service.use_cases.undoing.undoing import UndoOrder
from tests.builders import ADA, TickingClock
from tests.readings import Estate, counting_ids, on, relates, says

pytestmark = pytest.mark.anyio

KEYS = ("web", "api", "db", "disk")
SEEDS = range(6)
STEPS = 14


def _ref(random: Random) -> EditRef:
    return EditRef(key=random.choice(KEYS))


def _edits(random: Random) -> Iterator[Edit]:
    """Yield edits that may or may not fit the estate as it is."""
    key = random.choice(KEYS)
    source, target = random.sample(KEYS, 2)
    ends = {"source": EditRef(key=source), "type": "DEPENDS_ON", "target": EditRef(key=target)}
    choices: list[Edit] = [
        CreateCi(class_name="Application", name=key, key=key, attributes={"tier": 1}),
        UpdateCi(ci=_ref(random), attributes={"tier": random.choice([0, 1, None])}),
        UpdateCi(ci=_ref(random), name=random.choice(["A", "B"]), withdraw=frozenset({"tier"})),
        UpdateCi(ci=_ref(random), class_name=random.choice(["Application", "Database"])),
        RetireCi(ci=_ref(random)),
        ReactivateCi(ci=_ref(random)),
        SetRelationship(**ends, attributes={"port": random.choice([80, 443])}),  # type: ignore[arg-type] # as above
        SetRelationship(**ends, attributes={"group": "g"}),  # type: ignore[arg-type] # as above
        RetireRelationship(**ends),  # type: ignore[arg-type] # as above
        SetRedundancyGroup(dependant=_ref(random), name="g", rules={"k": random.choice([1, 2])}),
        RemoveRedundancyGroup(dependant=_ref(random), name="g"),
        MergeCis(survivor=EditRef(key=source), others=(EditRef(key=target),)),
        SplitCi(ci=EditRef(key=source), absorbed=EditRef(key=target)),
    ]
    yield from random.sample(choices, random.choice([1, 1, 2]))


def _events(random: Random) -> Iterator[Event]:
    for key in random.sample(KEYS, random.randint(1, 3)):
        yield says(key, tier=random.choice([1, 2]), environment="PRODUCTION")
    for _ in range(random.randint(0, 2)):
        source, target = random.sample(KEYS, 2)
        yield relates(source, target, port=random.choice([1, 2]))


async def _step(estate: Estate, random: Random) -> bool:
    """Do something to the estate, if it can be done; return whether that is an import."""
    if random.random() < 0.4:
        await estate.take_in(*_events(random), complete=random.random() < 0.5)
        return True
    try:
        await estate.editing.edit([*_edits(random)], actor=ADA, reason="because")
    except GraphServiceError:
        return False
    return False


async def _all(estate: Estate, product: Product) -> tuple[object, ...]:
    """Return all that anybody could find out about the estate, what is unresolved last."""
    cis = await estate.cis()
    relationships = await estate.store.relationships_of([each.id for each in cis.values()])
    subjects = [*(each.id for each in cis.values()), *(each.id for each in relationships)]
    claims = {
        (each.data_source, each.native_key): each
        for some in (await estate.store.claims_of(subjects)).values()
        for each in some
        if each.live
    }
    living = await estate.cis(retired=False)
    impacts = {}
    for key in living:
        answer = await product.questions.impact([(CIRef(key=key), ImpactState.DOWN)])
        impacts[key] = (answer.summary, [answer.rows(each) for each in Outcome])
    seen = cast("tuple[object, object, object]", await estate.picture())
    return seen[0], seen[1], claims, impacts, seen[2]


@pytest.mark.parametrize("seed", SEEDS)
async def test_undoing_the_newest_revision_leaves_no_trace(store: GraphStore, seed: int) -> None:
    """What people see, every live claim, every answer; and undoing that brings all of it back."""
    random = Random(seed)  # noqa: S311 - the same estates every time
    product = joined(store, packaged(), clock=TickingClock())
    estate = on(store, TickingClock(), counting_ids())
    undone = 0
    for _ in range(STEPS):
        before = await _all(estate, product)
        revision = await estate.revision()
        is_import = await _step(estate, random)
        newest = await estate.revision()
        if newest != revision + 1:
            continue
        after = await _all(estate, product)
        # What an import could not draw is no part of the log: the next import finds it again.
        end = -1 if is_import else None

        back = await _undo(product, newest)
        assert (await _all(estate, product))[:end] == before[:end], (seed, newest)
        again = await _undo(product, back)
        assert (await _all(estate, product))[:end] == after[:end], (seed, newest)

        assert again == back + 1
        undone += 1
    assert undone >= STEPS // 3


async def _undo(product: Product, revision: int) -> int:
    done = await product.undoing.undo(revision, UndoOrder(actor=ADA, reason="a mistake"))
    assert isinstance(done, UndoResult), done
    assert done.revision == revision + 1
    return done.revision


async def test_a_large_run_goes_back_piece_by_piece_without_a_trace(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph_service.reconcile.batches.DELTA_RECORDS_MAX", 2)
    monkeypatch.setattr("graph_service.use_cases.undoing.reverting.AT_ONCE_MAX", 0)
    product = joined(store, packaged(), clock=TickingClock())
    estate = on(store, TickingClock(), counting_ids())
    await estate.take_in(says("web", tier=1), says("api"), relates("web", "api"))
    before = (await _all(estate, product))[:-1]
    events = [*_events(Random(7)), says("web", tier=2), says("new"), relates("new", "web")]  # noqa: S311 - the same every time
    run = (await estate.take_in(*events)).run
    after = (await _all(estate, product))[:-1]

    done = await product.undoing.revert(run, UndoOrder(actor=ADA, reason="wrong file"))

    assert isinstance(done, UndoResult), done
    assert len(done.revisions) > 1
    assert (await _all(estate, product))[:-1] == before != after
