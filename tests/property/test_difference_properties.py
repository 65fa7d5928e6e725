"""What differs between two states is what a comparison of everything in them shows."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from graph_service.model.ci import CI, Presence
from graph_service.model.codec import canonical, ci_to_data, relationship_to_data
from graph_service.model.delta import GraphDelta
from graph_service.model.edit import CreateCi, Edit, EditRef, RetireCi
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Operation
from graph_service.model.vocabulary import packaged
from graph_service.projection import CurrentEstate
from graph_service.store import EstateReader, GraphStore
from graph_service.store.sqlite import open_sqlite
from graph_service.use_cases.estates.difference import Difference
from graph_service.use_cases.estates.estates import AsOf, Estates
from graph_service.use_cases.inventory.references import CIRef
from tests.builders import NOON, ci, delta
from tests.contract.random_deltas import CI_IDS, FIRST, RELATIONSHIP_IDS, deltas
from tests.contract.views import outcome

OVERLAY: list[tuple[int, Edit]] = [
    (0, CreateCi(class_name="Server", name="new", key="new", attributes={"tier": 1})),
    (1, RetireCi(ci=EditRef(id=CI_IDS[0]))),
]


async def _everything(estate: EstateReader, created: list[str]) -> dict[str, CI | Relationship]:
    found: dict[str, CI | Relationship] = {}
    found |= {str(each.id): each for each in (await estate.cis([*CI_IDS, *created])).values()}
    relationships = await estate.relationships(RELATIONSHIP_IDS)
    return found | {str(each.id): each for each in relationships.values()}


def _flat(record: CI | Relationship | None) -> dict[str, Any]:
    if record is None:
        return {}
    image = ci_to_data(record) if isinstance(record, CI) else relationship_to_data(record)
    attributes = image.pop("attributes")
    hidden = {name: f"attributes.{name}" for name in attributes if name in image}
    return image | {hidden.get(name, name): value for name, value in attributes.items()}


def _lives(record: CI | Relationship | None) -> bool:
    return record is not None and record.presence is not Presence.RETIRED


def _compared(
    before: Mapping[str, CI | Relationship], after: Mapping[str, CI | Relationship]
) -> dict[str, str]:
    """Compare two estates record by record, the slow and obvious way."""
    found: dict[str, str] = {}
    for id_ in {*before, *after}:
        was, is_ = before.get(id_), after.get(id_)
        if _lives(was) and _lives(is_):
            if canonical(_flat(was)) != canonical(_flat(is_)):
                found[id_] = "UPDATED"
        elif _lives(is_):
            found[id_] = "CREATED" if was is None else "REACTIVATED"
        elif _lives(was):
            found[id_] = "RETIRED"
    return found


async def _check(
    found: Difference, before: Mapping[str, CI | Relationship], after: Mapping[str, Any]
) -> None:
    expected = _compared(before, after)
    assert {each.id: each.operation.value for each in found.changes} == expected
    assert [*found.changes] == sorted(found.changes)
    for operation in Operation:
        assert found.count(operation) == [*expected.values()].count(operation)
    for each in await found.details(found.changes):
        was, is_ = _flat(before.get(each.change.id)), _flat(after.get(each.change.id))
        for value in each.values:
            assert canonical([value.before, value.after]) == canonical(
                [was.get(value.name), is_.get(value.name)]
            )
        if each.change.operation is Operation.UPDATED:
            differ = {
                name
                for name in {*was, *is_}
                if (name in was) != (name in is_) or canonical(was[name]) != canonical(is_[name])
            }
            assert {value.name for value in each.values} == differ


@dataclass
class ManualClock:
    """A clock that a test puts on."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        """Read it."""
        return self.now


def _run(work: Callable[[GraphStore, ManualClock], Coroutine[Any, Any, None]]) -> None:
    async def all_of_it() -> None:
        with tempfile.TemporaryDirectory() as folder:
            clock = ManualClock()
            store = await open_sqlite(Path(folder) / "estate.db", clock=clock)
            try:
                await work(store, clock)
            finally:
                await store.close()

    asyncio.run(all_of_it())


histories = st.integers(1, 6).flatmap(
    lambda count: st.tuples(*(deltas(head) for head in range(1, count + 1)))
)
AS_DRAWN = (Phase.explicit, Phase.generate)
"""Every example takes a store of its own, so a failing one is shown as it was drawn."""


@settings(max_examples=40, deadline=None, phases=AS_DRAWN)
@given(
    history=histories,
    ends=st.tuples(st.integers(0, 99), st.integers(0, 99)),
    overlay=st.sampled_from([[], OVERLAY]),
    wanted=st.sampled_from(CI_IDS),
)
def test_a_difference_is_what_comparing_everything_shows(
    history: tuple[GraphDelta, ...],
    ends: tuple[int, int],
    overlay: list[tuple[int, Edit]],
    wanted: str,
) -> None:
    """Of any two revisions, in either direction, and with an overlay over the later one."""

    async def work(store: GraphStore, clock: ManualClock) -> None:
        await store.apply(FIRST)
        for each in history:
            clock.now += timedelta(seconds=1)
            await outcome(store, each)
        newest = (await store.head()).revision
        estates = Estates(store, CurrentEstate(store, packaged()), packaged(), clock=clock)
        before = await estates.view(AsOf(revision=1 + ends[0] % newest))
        after = await estates.view(AsOf(revision=1 + ends[1] % newest), overlay)
        created = [str(each.id) for each in after.images.cis] if after.images else []
        was = await _everything(before.reader, created)
        is_ = await _everything(after.reader, created)

        await _check(await estates.difference(before, after), was, is_)

        around = {
            id_
            for id_, each in (was | is_).items()
            if id_ == wanted
            or (isinstance(each, Relationship) and wanted in {each.source, each.target})
        }
        await _check(
            await estates.difference(before, after, [CIRef(id=wanted)]),
            {id_: each for id_, each in was.items() if id_ in around},
            {id_: each for id_, each in is_.items() if id_ in around},
        )

    _run(work)


@settings(max_examples=40, deadline=None)
@given(seconds=st.lists(st.sampled_from([0, 0.001, 0.002, 1, 60]), min_size=1, max_size=6))
def test_an_instant_means_the_newest_revision_at_or_before_it(seconds: list[float]) -> None:
    async def work(store: GraphStore, clock: ManualClock) -> None:
        written: list[tuple[datetime, int]] = []
        for number, each in enumerate(seconds):
            clock.now += timedelta(seconds=each)
            await store.apply(delta(ci("a", tier=number), based_on=number))
            written.append((clock.now, number + 1))
        clock.now += timedelta(seconds=1)
        estates = Estates(store, CurrentEstate(store, packaged()), packaged(), clock=clock)
        for at, _ in written:
            for near in (at, at + timedelta(milliseconds=1), at + timedelta(microseconds=900)):
                expected = max(number for then, number in written if then <= near)
                assert (await estates.head(AsOf(instant=near))).revision == expected

    _run(work)
