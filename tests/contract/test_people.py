"""The directory of people on every store: taken in, followed, handed over, erased."""

import pytest

from graph_service.model.condition import condition_of_text
from graph_service.model.delta import DELTA_RECORDS_MAX
from graph_service.model.errors import InvalidInputError, StaleRevisionError
from graph_service.model.vocabulary import packaged
from graph_service.reconcile.directory import PERSON, guarded
from graph_service.store import CIQuery, GraphStore
from graph_service.use_cases.estates.estates import AsOf
from graph_service.use_cases.inventory.inventory import Inventory
from graph_service.use_cases.people.ownerless import GapFilter
from graph_service.use_cases.product import joined
from tests.builders import ADA, TickingClock
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
    await office.handing_over.hand_over(
        GapFilter(text="Ada"), heir="Bob", actor=ADA, reason="Ada left"
    )
    bob = await office.who_is_who.person("bob")
    assert (await office.estate.ci("pay")).attributes["owner"] == bob.id

    await office.who_is_who.erase("bob", actor=ADA, reason="request 17")
    kept = repr(await store.records(PERSON))
    assert "Bob" not in kept
    assert "Ada" in kept


SHOP = """
red:Team & blue:Team -MEMBER_OF-> green:Team
pay(owner=Ada_W serviceOwner=bob) -CONTAINS-> ledger -CONTAINS-> vm:Server
cart(supportGroup=RED)
db:Database -OWNED_BY-> red
lb:LoadBalancer -MANAGED_BY-> green
note(technicalContact=ada approvers=["ada"])
gone(lifecycle=RETIRED owner=ada)
"""


OWNERS = ("ada", "Ada_W", "bob", "cid", "left", "red", "green", "BLUE")


async def test_a_filter_by_owner_finds_what_somebody_owns(store: GraphStore) -> None:
    """What the store finds is what ownership says, now and in the past."""
    office = office_on(store)
    await office.draw(SHOP)
    before = (await store.head()).revision
    await office.take_in(
        somebody("ada", "blue", name="Ada_W"),
        somebody("bob", "red", name="Bob"),
        somebody("cid", name="Cid"),
        somebody("left", "red", name="Lou", left_on="2020-01-01"),
    )
    product = joined(store, packaged(), clock=TickingClock())
    ownership = await office.who_is_who.ownership()
    expected: dict[str, set[str]] = {}
    for who in OWNERS:
        meaning = ownership.directory.meaning(who)
        if meaning.person:
            expected[who] = {*ownership.owned_by_person(meaning.person.id)}
        else:
            assert meaning.team is not None
            expected[who] = {*ownership.owned_by_team(meaning.team.id)}
    assert {who for who, owned in expected.items() if not owned} == {"BLUE", "cid", "left"}

    async def found(inventory: Inventory) -> dict[str, set[str]]:
        by_owner = {}
        for who in OWNERS:
            where = condition_of_text(f"owned-by:{who}")
            by_owner[who] = {
                str(each.id) for each in (await inventory.cis(CIQuery(where=where))).cis
            }
        return by_owner

    assert await found(product.inventory) == expected
    await office.draw("late(owner=ada)\npay -CONTAINS-> late")
    past = await product.estates.view(AsOf(revision=before))
    assert await found(past.inventory) == expected


async def test_a_filter_by_an_owner_nobody_knows_is_a_fault(store: GraphStore) -> None:
    """Never an empty answer that looks like one."""
    office = office_on(store)
    await office.take_in(somebody("ada", name="Ada Weaver"))
    product = joined(store, packaged(), clock=TickingClock())

    with pytest.raises(InvalidInputError, match="did you mean Ada Weaver"):
        await product.inventory.cis(CIQuery(where=condition_of_text('owned-by:"Ada Waever"')))


async def test_of_two_who_write_about_people_at_once_one_is_refused(store: GraphStore) -> None:
    """The store itself compares the state of the directory, within its write."""
    office = office_on(store)
    first = (await office.plan(somebody("ada", name="Ada"), source="one")).deltas[0]
    second = (await office.plan(somebody("bob", name="Bob"), source="two")).deltas[0]
    written = [await guarded(store, each) for each in (first, second)]
    assert written[0]
    assert written[1]
    await store.apply(written[0])

    with pytest.raises(StaleRevisionError, match="directory people"):
        await store.apply(written[1])

    assert await office.here() == {"Ada"}


async def test_a_large_directory_is_written_in_deltas_that_stores_take(store: GraphStore) -> None:
    """More people than one delta may hold, and not one of them twice."""
    office = office_on(store)
    everybody = [somebody(f"p{n}", name=f"Person {n}") for n in range(DELTA_RECORDS_MAX + 10)]

    plan = await office.plan(*everybody)
    await office.estate.apply(plan)

    people = [{each.id for each in delta.records if each.kind == PERSON} for delta in plan.deltas]
    assert [len(each) for each in people if each] == [DELTA_RECORDS_MAX, 10]
    assert len(await office.people()) == len(everybody)
    assert not (await office.plan(*everybody)).changes_anything
