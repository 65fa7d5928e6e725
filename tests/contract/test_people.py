"""The directory of people on every store: taken in, followed, handed over, erased."""

import pytest

from graph_service.model.delta import DELTA_RECORDS_MAX
from graph_service.reconcile.directory import PERSON
from graph_service.store import GraphStore
from graph_service.use_cases.ownerless import GapFilter
from tests.builders import ADA
from tests.people import office_on, somebody
from tests.readings import says

pytestmark = pytest.mark.anyio


async def test_people_are_taken_in_followed_handed_over_and_erased(store: GraphStore) -> None:
    """One life of a directory, the same wherever it is kept."""
    office = office_on(store)
    await office.estate.take_in(
        says("red", "Team"), says("pay", owner="Ada"), says("cart", owner="red"), data_source="cmdb"
    )
    await office.take_in(somebody("bob", "red:LEAD", name="Bob"), somebody("ada", name="Ada"))
    ada = await office.who_is_who.person("ada")
    ownership = await office.who_is_who.ownership()
    assert {ownership.directory.duties.bearers[each].key for each in
            ownership.owned_by_person(ada.id)} == {"pay"}  # fmt: skip

    await office.take_in(somebody("bob", "red:LEAD", name="Bob"))
    (gap,) = await office.who_is_who.gaps(GapFilter(text="Ada"))
    assert [each.key for each in gap.cis] == ["pay"]
    await office.who_is_who.hand_over(
        GapFilter(text="Ada"), heir="Bob", actor=ADA, reason="Ada left"
    )
    bob = await office.who_is_who.person("bob")
    assert (await office.estate.ci("pay")).attributes["owner"] == bob.id

    await office.who_is_who.erase("bob", actor=ADA, reason="request 17")
    kept = repr(await store.records(PERSON))
    assert "Bob" not in kept
    assert "Ada" in kept


async def test_a_large_directory_is_written_in_deltas_that_stores_take(store: GraphStore) -> None:
    """More people than one delta may hold, and not one of them twice."""
    office = office_on(store)
    everybody = [somebody(f"p{n}", name=f"Person {n}") for n in range(DELTA_RECORDS_MAX + 10)]

    plan = await office.plan(*everybody)
    await office.estate.apply(plan)

    assert len(plan.deltas) == 2
    assert len(await office.people()) == len(everybody)
    assert not (await office.plan(*everybody)).changes_anything
