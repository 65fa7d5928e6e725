"""Many writers, many readers, one log."""

from asyncio import gather
from dataclasses import replace

import pytest

from graph_service.model.delta import GraphDelta
from graph_service.model.errors import StaleRevisionError, StoreUnavailableError
from graph_service.store import Applied, GraphStore
from graph_service.store.ledger import verify
from tests.builders import ci, ci_id, delta, estate, related, retired_ci
from tests.contract.conftest import EmptyStore

pytestmark = pytest.mark.anyio


async def test_writers_of_different_records_all_succeed(store: GraphStore) -> None:
    await gather(*(store.apply(delta(ci(f"n{number}"))) for number in range(40)))

    revisions = await store.revisions(limit=100)
    assert [each.number for each in revisions] == list(range(1, 41))
    assert verify([(each, await store.entries(each.number)) for each in revisions]) == []
    assert len(await store.cis([ci_id(f"n{number}") for number in range(40)])) == 40


async def test_of_writers_of_one_record_exactly_one_succeeds(store: GraphStore) -> None:
    await store.apply(estate("web"))

    outcomes = await gather(
        *(store.apply(delta(ci("web", tier=tier), based_on=1)) for tier in range(10)),
        return_exceptions=True,
    )

    [winner] = [each for each in outcomes if isinstance(each, Applied)]
    assert sum(isinstance(each, StaleRevisionError) for each in outcomes) == 9
    assert winner.head == await store.head()


async def test_no_increment_is_lost(store: GraphStore) -> None:
    """Ten writers each add one to a number, reading again when they come too late."""
    await store.apply(delta(ci("counter", value=0)))

    async def add_one() -> None:
        while True:
            head = await store.head()
            found = (await store.cis([ci_id("counter")]))[ci_id("counter")]
            value = found.attributes["value"] + 1
            try:
                await store.apply(delta(ci("counter", value=value), based_on=head.revision))
            except StaleRevisionError:
                continue
            return

    await gather(*(add_one() for _ in range(10)))

    assert (await store.cis([ci_id("counter")]))[ci_id("counter")].attributes == {"value": 10}
    assert (await store.head()).revision == 11


async def test_a_ci_is_not_retired_under_a_relationship_that_is_being_drawn(
    store: GraphStore,
) -> None:
    await store.apply(estate("; ".join(f"a{n}; b{n}" for n in range(10))))
    drawing = [delta(related(f"a{n}", f"b{n}"), based_on=1) for n in range(10)]
    retiring = [delta(retired_ci(f"b{n}"), based_on=1) for n in range(10)]
    mixed = [each for pair in zip(drawing, retiring, strict=True) for each in pair]

    await gather(*(store.apply(each) for each in mixed), return_exceptions=True)

    names = [ci_id(f"a{n}") for n in range(10)]
    living = await store.relationships_of(names)
    ends = await store.cis([each.target for each in living])
    assert all(each.presence == "ACTIVE" for each in ends.values())


async def test_refused_deltas_do_not_harm_those_beside_them(store: GraphStore) -> None:
    def one(number: int) -> GraphDelta:
        good = delta(ci(f"n{number}"))
        return good if number % 3 else delta(ci(f"n{number}"), related(f"n{number}", "nowhere"))

    outcomes = await gather(*(store.apply(one(n)) for n in range(30)), return_exceptions=True)

    written = [each for each in outcomes if isinstance(each, Applied)]
    assert len(written) == 20
    assert sorted(each.head.revision for each in written) == list(range(1, 21))
    assert (await store.head()).revision == 20


async def test_readers_see_whole_revisions_only(store: GraphStore) -> None:
    """Two CIs are always written together; nobody ever sees them apart."""
    await store.apply(delta(ci("left", value=0), ci("right", value=0)))
    seen: list[tuple[object, object]] = []

    async def write() -> None:
        for value in range(1, 20):
            both = delta(ci("left", value=value), ci("right", value=value), based_on=value)
            await store.apply(both)

    async def read() -> None:
        for _ in range(40):
            found = await store.cis([ci_id("left"), ci_id("right")])
            left, right = (found[ci_id(each)] for each in ("left", "right"))
            seen.append((left.attributes["value"], right.attributes["value"]))

    await gather(write(), read(), read())

    assert [each for each in seen if each[0] != each[1]] == []
    assert (await store.head()).revision == 20


async def test_keys_are_assigned_once_each(store: GraphStore) -> None:
    outcomes = await gather(*(store.apply(delta(replace(ci(f"n{n}"), key=""))) for n in range(20)))

    keys = {key for each in outcomes for key in each.keys.values()}
    assert keys == {f"CI-{n:06d}" for n in range(1, 21)}


async def test_closing_lets_what_is_under_way_finish(empty_store: EmptyStore) -> None:
    async with empty_store() as store:
        applied = await store.apply(estate("web"))
        await store.close()
        await store.close()

        assert applied.head.revision == 1
        with pytest.raises(StoreUnavailableError):
            await store.head()
        with pytest.raises(StoreUnavailableError):
            await store.apply(estate("api"))
