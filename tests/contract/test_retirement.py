"""Leaving the estate and coming back."""

from dataclasses import replace

import pytest

from graph_service.model.ci import Presence
from graph_service.model.ids import RelationshipId
from graph_service.model.revision import Operation
from graph_service.store import CIQuery, GraphStore
from tests.builders import ci, ci_id, delta, estate, related, related_id, retired_ci

pytestmark = pytest.mark.anyio


async def test_a_ci_takes_its_relationships_along(store: GraphStore) -> None:
    await store.apply(estate("web -> api -> db; web -> db"))

    await store.apply(delta(retired_ci("api"), based_on=1))

    living = await store.relationships_of([ci_id(each) for each in ("web", "api", "db")])
    along = sorted([related_id("web", "api"), related_id("api", "db")])
    assert [each.id for each in living] == [related_id("web", "db")]
    assert [(each.record_id, each.operation) for each in await store.entries(2)] == [
        (ci_id("api"), Operation.RETIRED),
        *((each, Operation.RETIRED) for each in along),
    ]


async def test_two_cis_that_leave_together_take_what_is_between_them_once(
    store: GraphStore,
) -> None:
    await store.apply(estate("web -> api"))

    applied = await store.apply(delta(retired_ci("web"), retired_ci("api"), based_on=1))

    assert applied.revision is not None
    assert applied.revision.entry_count == 3


async def test_a_returning_ci_starts_without_its_old_relationships(store: GraphStore) -> None:
    await store.apply(estate("web -> api"))
    await store.apply(delta(retired_ci("api"), based_on=1))

    await store.apply(delta(ci("api"), based_on=2))

    [entry] = await store.entries(3)
    assert entry.operation is Operation.REACTIVATED
    assert await store.relationships_of([ci_id("api")]) == []
    assert len(await store.relationships_of([ci_id("api")], include_retired=True)) == 1


async def test_a_relationship_may_come_back_with_its_ci(store: GraphStore) -> None:
    await store.apply(estate("web -> api"))
    await store.apply(delta(retired_ci("api"), based_on=1))

    await store.apply(delta(ci("api"), related("web", "api", port=443), based_on=2))

    [back] = await store.relationships_of([ci_id("api")])
    assert back == replace(related("web", "api", port=443), revision=3)
    assert [each.operation for each in await store.entries(3)] == [Operation.REACTIVATED] * 2


async def test_a_relationship_leaves_alone(store: GraphStore) -> None:
    await store.apply(estate("web -> api"))
    gone = replace(related("web", "api"), presence=Presence.RETIRED)

    await store.apply(delta(gone, based_on=1))

    assert await store.relationships([gone.id]) == {gone.id: replace(gone, revision=2)}
    assert await store.relationships_of([ci_id("web")]) == []
    [entry] = await store.entries(2)
    assert (entry.operation, entry.before) == (Operation.RETIRED, {"presence": "ACTIVE"})


async def test_a_retired_relationship_can_be_changed_and_stays_retired(store: GraphStore) -> None:
    gone = replace(related("web", "api"), presence=Presence.RETIRED)
    await store.apply(estate("web -> api"))
    await store.apply(delta(gone, based_on=1))

    changed = replace(gone, attributes={"evidence": "closed by Ada"})
    await store.apply(delta(changed, based_on=2))

    assert await store.relationships([gone.id]) == {gone.id: replace(changed, revision=3)}
    assert await store.relationships_of([ci_id("web")]) == []


async def test_a_retired_ci_is_found_by_id_and_key_only(store: GraphStore) -> None:
    await store.apply(estate("web"))
    await store.apply(delta(retired_ci("web"), based_on=1))

    assert set(await store.cis([ci_id("web")])) == {ci_id("web")}
    assert set(await store.cis_by_key(["web"])) == {"web"}
    assert await store.cis_by_name("web") == []
    assert (await store.find_cis(CIQuery(text="web"))).cis == []
    page = await store.find_cis(CIQuery(text="web", include_retired=True))
    assert [each.key for each in page.cis] == ["web"]


async def test_a_hub_leaves_with_more_relationships_than_a_delta_may_have(
    store: GraphStore,
) -> None:
    """A limit on what one delta writes is no limit on what it takes along."""
    names = [f"n{number:04d}" for number in range(2_600)]
    await store.apply(delta(ci("hub"), *(ci(each) for each in names)))
    await store.apply(delta(*(related(each, "hub") for each in names), based_on=1))
    await store.apply(delta(*(related(each, "hub", "USES") for each in names), based_on=1))

    applied = await store.apply(delta(retired_ci("hub"), based_on=3))

    assert applied.revision is not None
    assert applied.revision.entry_count == 5_201
    assert await store.relationships_of([ci_id("hub")]) == []


async def test_retiring_what_is_retired_changes_nothing(store: GraphStore) -> None:
    await store.apply(delta(retired_ci("web")))

    assert (await store.apply(delta(retired_ci("web"), based_on=1))).revision is None


async def test_ids_that_nobody_has_are_left_out(store: GraphStore) -> None:
    await store.apply(estate("web -> api"))

    assert set(await store.cis(["ci_nobody", ci_id("web"), "\ud800", ""])) == {ci_id("web")}
    assert await store.relationships([RelationshipId("rel_none"), "\ud800"]) == {}
    assert await store.relationships_of(["ci_nobody"]) == []
    assert await store.cis([]) == {}
