"""Who gives up in the middle of anything leaves neither a lock nor half a revision."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from graph_service.store import GraphStore
from graph_service.store.ledger import verify
from tests.builders import ci, ci_id, delta, related
from tests.contract.conftest import EmptyStore

pytestmark = pytest.mark.anyio

MOMENTS = (0.0, 0.001, 0.003, 0.01, 0.03)
"""Seconds after which somebody gives up: before it began, in the middle, perhaps after the end."""

SIZE = 400


async def _given_up(work: Awaitable[object], seconds: float) -> None:
    task = asyncio.ensure_future(work)
    await asyncio.wait([task], timeout=seconds)
    task.cancel()
    await asyncio.wait([task])


async def test_a_delta_given_up_is_written_whole_or_not_at_all(store: GraphStore) -> None:
    for round_, seconds in enumerate(MOMENTS):
        names = [f"n{round_}-{number}" for number in range(SIZE)]
        drawn = delta(*map(ci, names), *(related(names[0], each) for each in names[1:]))
        await _given_up(store.apply(drawn), seconds)

        applied = await asyncio.wait_for(store.apply(delta(ci(f"next{round_}"))), 30)

        found = await store.cis([ci_id(each) for each in names])
        between = await store.relationships([each.id for each in drawn.relationships])
        assert (len(found), len(between)) in {(0, 0), (SIZE, SIZE - 1)}
        assert applied.head == await store.head()
    revisions = await store.revisions(limit=100)
    log = [(each, await store.entries(each.number)) for each in revisions]
    assert verify(log, until=await store.head()) == []


async def _read_through(store: GraphStore) -> None:
    async for _ in store.topology():
        pass


READING: dict[str, Callable[[GraphStore], Awaitable[object]]] = {
    "the topology": _read_through,
    "an index of claims": lambda store: store.claim_index("cmdb"),
    "the log": lambda store: store.entries_after(0, 10_000),
}


@pytest.mark.parametrize("what", READING)
async def test_who_gives_up_reading_disturbs_nobody(store: GraphStore, what: str) -> None:
    """Afterwards everybody sees the newest revision at once, and writers do not wait."""
    names = [f"n{number}" for number in range(SIZE)]
    await store.apply(delta(*map(ci, names), *(related("n0", each) for each in names[1:])))
    for revision, seconds in enumerate(MOMENTS, 1):
        await asyncio.gather(*(_given_up(READING[what](store), seconds) for _ in range(6)))

        await asyncio.wait_for(store.apply(delta(ci("n1", value=revision), based_on=revision)), 30)

        seen = await asyncio.gather(*(store.head() for _ in range(8)))
        assert {each.revision for each in seen} == {revision + 1}


async def test_closing_waits_for_what_was_handed_over_before(empty_store: EmptyStore) -> None:
    """A write that was under way when the store was closed ends: written, or refused aloud."""
    async with empty_store() as store:
        writing = [asyncio.ensure_future(store.apply(delta(ci(f"n{n}")))) for n in range(20)]
        await asyncio.wait(writing, timeout=0.01)
        await store.close()

        outcomes = await asyncio.wait_for(asyncio.gather(*writing, return_exceptions=True), 30)

    unexpected = [
        each for each in outcomes if isinstance(each, BaseException) and "closed" not in str(each)
    ]
    assert unexpected == []
